@{
    RootModule             = 'Torch2Jax.PsModule.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = '7c0c1f0e-9f0f-4c39-9f7e-2b1a5d7f5a36'
    Author                 = 'Torch2Jax.Automation'
    CompanyName            = 'Torch2Jax.Automation'
    Copyright              = 'MIT License'
    Description            = 'Registers PyTorch functions and calls them with the calling contract of JAX: derivatives, vmap, shapes inferred once. In this process on libtorch, or through a Torch2Jax service.'
    PowerShellVersion      = '7.6'
    CompatiblePSEditions   = @('Core')
    FormatsToProcess       = @('Torch2Jax.Format.ps1xml')
    CmdletsToExport        = @(
        'Clear-Torch2JaxShapeCache'
        'Connect-Torch2Jax'
        'ConvertFrom-Torch2JaxArray'
        'ConvertTo-Torch2JaxArray'
        'Disconnect-Torch2Jax'
        'Export-Torch2JaxArray'
        'Get-Torch2JaxBatch'
        'Get-Torch2JaxConnection'
        'Get-Torch2JaxDevice'
        'Get-Torch2JaxFunction'
        'Get-Torch2JaxSchedule'
        'Get-Torch2JaxShapeCache'
        'Get-Torch2JaxStoredArray'
        'Import-Torch2JaxArray'
        'Invoke-Torch2Jax'
        'Invoke-Torch2JaxBatch'
        'Measure-Torch2JaxFunction'
        'New-Torch2JaxArray'
        'Publish-Torch2JaxArray'
        'Register-Torch2JaxFunction'
        'Register-Torch2JaxSchedule'
        'Remove-Torch2JaxBatch'
        'Resume-Torch2JaxBatch'
        'Resume-Torch2JaxSchedule'
        'Stop-Torch2JaxBatch'
        'Suspend-Torch2JaxSchedule'
        'Test-Torch2JaxFunction'
        'Unpublish-Torch2JaxArray'
        'Unregister-Torch2JaxFunction'
        'Unregister-Torch2JaxSchedule'
    )
    FunctionsToExport      = @()
    VariablesToExport      = @()
    AliasesToExport        = @()
    PrivateData            = @{
        PSData = @{
            Tags       = @('pytorch', 'torchscript', 'jax', 'autodiff', 'tensor', 'PSEdition_Core', 'Linux')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}

BeforeDiscovery {
    Import-Module (Join-Path $env:T2J_TEST_MODULE 'Torch2Jax.psd1')
    $commands = Get-Command -Module Torch2Jax | ForEach-Object { @{ Command = $_.Name } }
    $examples = foreach ($command in Get-Command -Module Torch2Jax) {
        $number = 0
        foreach ($example in (Get-Help $command.Name -Full).examples.example) {
            $number++
            @{ Command = $command.Name; Number = $number; Code = $example.code }
        }
    }
}

BeforeAll { . $PSScriptRoot/Common.ps1 }

Describe 'The help' {
    It 'of <Command> is whole' -ForEach $commands {
        $help = Get-Help $Command -Full
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -BeLike "$Command*" -Because 'that is the syntax, shown where there is no help'
        $help.Description.Text | Should -Not -BeNullOrEmpty
        $help.Examples.Example | Should -Not -BeNullOrEmpty
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters
        $own = (Get-Command $Command).Parameters.Values | Where-Object Name -NotIn $common
        foreach ($parameter in $own) {
            (Get-Help $Command -Parameter $parameter.Name).Description.Text | Should -Not -BeNullOrEmpty -Because $parameter.Name
        }
    }

    It 'has a topic' {
        Get-Help about_Torch2Jax | Should -BeLike '*calling contract of JAX*'
    }
}

Describe 'Example' {
    It '<Number> of <Command> runs' -ForEach $examples {
        if ($Code -match '-Uri') {
            Set-ItResult -Skipped -Because 'Remote.Tests.ps1 has the service for it'
            return
        }
        Push-Location $TestDrive
        try {
            $ErrorActionPreference = 'Stop'
            & ([scriptblock]::Create($Code)) | Out-String | Write-Verbose
        }
        finally {
            Pop-Location
            if (-not (Get-Torch2JaxConnection)) { Connect-Torch2Jax -DataDirectory $env:T2J_TEST_DATA | Out-Null }
        }
    }
}

<#
    Runs *.Tests.ps1 files with Pester, or only finds what is in them, and writes one object a test as JSON.
    A file that cannot be read, or whose set-up fails, is a test of its own that failed.
#>
param(
    [Parameter(Mandatory)] [string] $Specs,
    [Parameter(Mandatory)] [string] $Report,
    [switch] $DiscoverOnly
)

$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 5.0
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Specs
$configuration.Run.PassThru = $true
$configuration.Run.SkipRun = [bool] $DiscoverOnly
$configuration.Output.Verbosity = 'None'
$run = Invoke-Pester -Configuration $configuration

function Get-Failure([object[]] $Records) {
    foreach ($record in $Records) {
        $text = if ($record.DisplayErrorMessage) { $record.DisplayErrorMessage } else { "$record" }
        $place = if ($record.DisplayStackTrace) { $record.DisplayStackTrace } else { $record.ScriptStackTrace }
        "$text`n$place"
    }
}

$tests = foreach ($test in $run.Tests) {
    $records = @($test.ErrorRecord)
    for ($block = $test.Block; $test.Result -eq 'Failed' -and $block; $block = $block.Parent) {
        $records += @($block.ErrorRecord)
    }
    [ordered] @{
        file    = [IO.Path]::GetFileName($test.ScriptBlock.File)
        path    = $test.Path -join ' > '
        name    = if ($test.ExpandedPath) { $test.ExpandedPath } else { $test.Path -join '.' }
        line    = $test.StartLine
        result  = "$($test.Result)"
        message = (Get-Failure $records) -join "`n"
    }
}
$containers = foreach ($container in $run.Containers | Where-Object { $_.ErrorRecord }) {
    [ordered] @{
        file    = [IO.Path]::GetFileName("$($container.Item)")
        path    = '(the file itself)'
        name    = '(the file itself)'
        line    = 1
        result  = 'Failed'
        message = (Get-Failure $container.ErrorRecord) -join "`n"
    }
}
ConvertTo-Json -InputObject @(@($tests) + @($containers) | Where-Object { $_ }) -Depth 3 | Set-Content -LiteralPath $Report

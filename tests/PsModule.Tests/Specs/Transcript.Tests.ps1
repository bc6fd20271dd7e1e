BeforeDiscovery {
    # The blocks of docs/powershell.md that begin with a prompt: a line to type, and the lines that it prints.
    $page = Get-Content (Join-Path $env:T2J_TEST_ROOT 'docs/powershell.md') -Raw
    $lines = foreach ($block in [regex]::Matches($page, '(?ms)^```text\n(.*?)^```$')) {
        foreach ($step in [regex]::Matches($block.Groups[1].Value, '(?ms)^PS> (.*?)\n(.*?)(?=^PS> |\z)')) {
            @{ Line = $step.Groups[1].Value; Printed = $step.Groups[2].Value.Trim() }
        }
    }
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    Push-Location $TestDrive
    New-Item artifacts -ItemType Directory | Out-Null
    New-Item artifacts/Torch2Jax -ItemType SymbolicLink -Target $env:T2J_TEST_MODULE | Out-Null
    $shell = [powershell]::Create()
    $null = $shell.AddScript('param($m, $d, $at) Set-Location $at; Import-Module $m; Connect-Torch2Jax -DataDirectory $d | Out-Null').
        AddArgument((Join-Path $env:T2J_TEST_MODULE 'Torch2Jax.psd1')).AddArgument($env:T2J_TEST_DATA).AddArgument("$PWD").Invoke()
}

AfterAll {
    $shell.Runspace.Dispose()
    Pop-Location
}

Describe 'The transcript' {
    It 'prints what it says: <Line>' -ForEach $lines {
        $shell.Commands.Clear()
        $shell.Streams.Error.Clear()
        $shown = $shell.AddScript($Line).AddCommand('Out-String').AddParameter('Width', 120).Invoke()
        $shell.Streams.Error | Should -BeNullOrEmpty
        # Spaces at the ends of lines and colours are nobody's concern.
        $text = ("$shown" -replace "`e\[[0-9;]*m" -split "`r?`n").TrimEnd() -join "`n"
        $text.Trim() -replace ' +', ' ' | Should -Be ($Printed -replace ' +', ' ')
    }
}

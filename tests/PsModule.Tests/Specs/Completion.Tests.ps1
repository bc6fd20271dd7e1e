BeforeAll {
    . $PSScriptRoot/Common.ps1
    Register-Torch2JaxFunction complete_me -Source "def f(x: Tensor) -> Tensor:`n    return x`n"
    Register-Torch2JaxFunction complete_me -Source "def f(x: Tensor) -> Tensor:`n    return x + 1`n"
    function Complete([string] $Line) {
        ([System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null)).CompletionMatches.CompletionText
    }
}

Describe 'The Tab key' {
    It 'knows <What>' -ForEach @(
        @{ What = 'functions'; Line = 'Invoke-Torch2Jax complete_'; Word = 'complete_me' }
        @{ What = 'versions'; Line = 'Get-Torch2JaxFunction complete_me -Version '; Word = '2' }
        @{ What = 'versions after an @'; Line = 'Invoke-Torch2Jax complete_me@'; Word = 'complete_me@1' }
        @{ What = 'devices'; Line = 'Invoke-Torch2Jax complete_me 1 -Device '; Word = 'cpu' }
        @{ What = 'dtypes'; Line = 'New-Torch2JaxArray 1 -DType bf'; Word = 'bfloat16' }
        @{ What = 'transforms'; Line = 'Invoke-Torch2Jax complete_me 1 -Transform h'; Word = 'hessian' }
        @{ What = 'vmap methods'; Line = 'Register-Torch2JaxFunction x -VmapMethod v'; Word = 'vectorized' }
    ) {
        Complete $Line | Should -Contain $Word
    }

    It 'opens no connection, and does not fail without one' {
        Disconnect-Torch2Jax
        Complete 'Invoke-Torch2Jax complete_' | Should -Not -Contain 'complete_me'
        Get-Torch2JaxConnection | Should -BeNullOrEmpty
        Connect-Torch2Jax -DataDirectory $env:T2J_TEST_DATA | Out-Null
    }
}

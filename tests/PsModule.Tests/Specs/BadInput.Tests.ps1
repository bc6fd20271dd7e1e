BeforeAll {
    . $PSScriptRoot/Common.ps1
    Register-Torch2JaxFunction bad_square -Source "def f(x: Tensor) -> Tensor:`n    return x * x`n"
    Register-Torch2JaxFunction bad_matmul -Source "def f(x: Tensor, y: Tensor) -> Tensor:`n    return x @ y`n"
}

Describe 'A wrong call' {
    It 'is an error with id, category, target and advice: <Id>' -ForEach @(
        @{ Id = 'FunctionNotFound'; Category = 'ObjectNotFound'; Call = { Invoke-Torch2Jax no_such 1 } }
        @{ Id = 'VersionNotFound'; Category = 'ObjectNotFound'; Call = { Invoke-Torch2Jax bad_square@99 1 } }
        @{ Id = 'MalformedRequest'; Category = 'InvalidArgument'; Call = { Invoke-Torch2Jax bad_square@x 1 } }
        @{ Id = 'StructureMismatch'; Category = 'InvalidData'; Call = { Invoke-Torch2Jax bad_square } }
        @{ Id = 'StructureMismatch'; Category = 'InvalidData'; Call = { Invoke-Torch2Jax bad_square 1.0, 2.0 } }
        @{ Id = 'StructureMismatch'; Category = 'InvalidData'; Call = { Invoke-Torch2Jax bad_square @{ a = 1.0 } } }
        @{ Id = 'UnexpectedKeywordArguments'; Category = 'InvalidData'; Call = { Invoke-Torch2Jax bad_square 1.0 -KeywordArgument @{ q = 1 } } }
        @{ Id = 'ExecutionFailed'; Category = 'InvalidOperation'; Call = { Invoke-Torch2Jax bad_matmul ([float[]] (1, 2)), ([float[]] (1, 2, 3)) } }
        @{ Id = 'NotDifferentiable'; Category = 'InvalidOperation'; Call = { Invoke-Torch2Jax bad_square ([float[]] (1, 2)) -Transform grad } }
        @{ Id = 'InvalidDevice'; Category = 'InvalidArgument'; Call = { Invoke-Torch2Jax bad_square 1.0 -Device tpu } }
        @{ Id = 'OutputShapeMismatch'; Category = 'InvalidData'; Call = { Invoke-Torch2Jax bad_square 1.0 -OutputShape 'float32[7]' } }
        @{ Id = 'RaggedArray'; Category = 'InvalidData'; Call = { Invoke-Torch2Jax bad_square (, ((1, 2), (3, 4, 5))) } }
        @{ Id = 'ValueNotSupported'; Category = 'InvalidType'; Call = { Invoke-Torch2Jax bad_square 'text' } }
        @{ Id = 'ValueNotSupported'; Category = 'InvalidType'; Call = { Invoke-Torch2Jax bad_square ([DateTime]::Now) } }
        @{ Id = 'KeyNotString'; Category = 'InvalidType'; Call = { Invoke-Torch2Jax bad_square @{ 1 = 1.0 } } }
    ) {
        $Error.Clear()
        $ErrorActionPreference = 'SilentlyContinue'
        $null = & $Call
        $ErrorActionPreference = 'Stop'
        $found = $Error[0]
        $found.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $found.CategoryInfo.Category | Should -Be $Category
        $found.TargetObject | Should -Not -BeNullOrEmpty
        $found.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        "$found" | Should -Not -BeLike '*at Torch2Jax.*' -Because 'no stack trace is anybody''s business'
    }

    It 'ends the command where no item is at fault' -ForEach @(
        @{ Id = 'InvalidTransform'; Call = { Invoke-Torch2Jax bad_square 1.0 -Transform gradient } }
        @{ Id = 'OptionNotUnderstood'; Call = { Invoke-Torch2Jax bad_square 1.0 -Transform ([DateTime]::Now) } }
    ) {
        $Call | Should -Throw -ErrorId "$Id,*"
    }
}

Describe 'A pipeline with a wrong item' {
    It 'goes on with the next one' {
        $found = $null
        $out = 1.0, $null, 'text', ([float[]] (1, 2)), @{ a = 1 }, 3.0 |
            Invoke-Torch2Jax bad_square -ErrorAction SilentlyContinue -ErrorVariable found
        "$out" | Should -Be '1 [1, 4] 9'
        $found.FullyQualifiedErrorId -replace ',.*' | Should -Be @('NullItem', 'ValueNotSupported', 'StructureMismatch')
    }

    It 'ends where -ErrorAction says so' {
        { 'text', 3.0 | Invoke-Torch2Jax bad_square -ErrorAction Stop } | Should -Throw -ErrorId 'ValueNotSupported,*'
    }
}

Describe 'A call without an end' {
    BeforeAll {
        Register-Torch2JaxFunction bad_loop -Source "def f(x: Tensor) -> Tensor:`n    i = 0`n    while i < 1000000000:`n        x = x + 1`n        i += 1`n    return x`n"
    }

    It 'is given up after -TimeoutSec' {
        $found = $null
        Invoke-Torch2Jax bad_loop 1.0 -TimeoutSec 0.5 -ErrorAction SilentlyContinue -ErrorVariable found
        $found[0].FullyQualifiedErrorId | Should -BeLike 'DeadlineExceeded,*'
        $found[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
    }

    It 'is given up by Ctrl-C, and the runspace goes on' {
        $shell = [powershell]::Create()
        $null = $shell.AddScript('param($m, $d) Import-Module $m; Connect-Torch2Jax -DataDirectory $d | Out-Null; "ready"').
            AddArgument((Join-Path $env:T2J_TEST_MODULE 'Torch2Jax.psd1')).AddArgument($env:T2J_TEST_DATA)
        $shell.Invoke() | Should -Be 'ready'
        $shell.Commands.Clear()
        $null = $shell.AddScript('Invoke-Torch2Jax bad_loop 1.0 -TimeoutSec 5')
        $running = $shell.BeginInvoke()
        Start-Sleep -Milliseconds 500
        $running.IsCompleted | Should -BeFalse
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Commands.Clear()
        [double] $shell.AddScript('Invoke-Torch2Jax bad_square 3.0').Invoke()[0] | Should -Be 9
        $shell.Runspace.Dispose()
    }
}

Describe 'A database that is away' {
    It 'ends Connect-Torch2Jax with what to do, and the old connection stays' {
        $before = Get-Torch2JaxConnection
        $found = $null
        try { Connect-Torch2Jax -ConnectionString 'Host=127.0.0.1;Port=9;Username=x;Password=secret1;Timeout=2' }
        catch { $found = $_ }
        $found.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        $found.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        "$found" | Should -Not -BeLike '*secret1*'
        (Get-Torch2JaxConnection).Target | Should -Be $before.Target
        Invoke-Torch2Jax bad_square 2.0 | Should -Be 4
    }
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    Register-Torch2JaxFunction conn_square -Source "def f(x: Tensor) -> Tensor:`n    return x * x`n"
}

Describe 'A connection' {
    It 'tells where it goes, and no secret' {
        $connection = Get-Torch2JaxConnection
        $connection.Kind | Should -Be 'InProcess'
        $connection.IsOpen | Should -BeTrue
        $connection.Target | Should -BeLike 'private PostgreSQL*'
        ($connection | Out-String) | Should -BeLike '*Target*LibtorchVersion*'
    }

    It 'goes with its runspace' {
        $shell = [powershell]::Create()
        $null = $shell.AddScript('param($m, $d) Import-Module $m; Connect-Torch2Jax -DataDirectory $d -Schema conn_other').
            AddArgument((Join-Path $env:T2J_TEST_MODULE 'Torch2Jax.psd1')).AddArgument($env:T2J_TEST_DATA)
        $other = $shell.Invoke()[0]
        $other.Target | Should -BeLike '*schema conn_other'
        $other.IsOpen | Should -BeTrue
        (Get-Torch2JaxConnection).Target | Should -Not -BeLike '*conn_other'
        $shell.Runspace.Dispose()
        $deadline = [DateTime]::UtcNow.AddSeconds(10)
        while ($other.IsOpen -and [DateTime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 20 }
        $other.IsOpen | Should -BeFalse
    }

    It 'is closed by Disconnect-Torch2Jax, and opened again by the next call' {
        $old = Get-Torch2JaxConnection
        Disconnect-Torch2Jax
        $old.IsOpen | Should -BeFalse
        Get-Torch2JaxConnection | Should -BeNullOrEmpty
        Connect-Torch2Jax -DataDirectory $env:T2J_TEST_DATA | Out-Null
        Invoke-Torch2Jax conn_square 3.0 | Should -Be 9
    }

    It 'has assemblies of its own, apart from the shell''s' {
        if ($Host.Name -ne 'ConsoleHost') {
            Set-ItResult -Skipped -Because 'this shell is hosted by a program that has them beside it'
            return
        }
        $npgsql = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Npgsql' }
        [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($npgsql[0]).Name | Should -Be 'Torch2Jax'
    }
}

Describe 'ForEach-Object -Parallel' {
    It 'gives right answers from 8 runspaces of 1,000 calls each, and leaks nothing' {
        $module = Join-Path $env:T2J_TEST_MODULE 'Torch2Jax.psd1'
        $null = Invoke-Torch2Jax conn_square 1.0
        [GC]::Collect(); [GC]::WaitForPendingFinalizers()
        $engine = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Torch2Jax.Engine' }
        $memory = $engine.GetType('Torch2Jax.Arrays.ArrayMemory')
        $before = $memory::RentedBlocks
        $answers = 1..8 | ForEach-Object -ThrottleLimit 8 -Parallel {
            Import-Module $using:module
            $runspace = $_
            $sum = 0.0
            for ($i = 0; $i -lt 1000; $i++) {
                $sum += [double] (Invoke-Torch2Jax conn_square ([double] ($runspace + $i)))
            }
            $expected = 0.0
            for ($i = 0; $i -lt 1000; $i++) { $expected += ($runspace + $i) * ($runspace + $i) }
            [pscustomobject] @{ Runspace = $runspace; Right = [Math]::Abs($sum - $expected) -le 1e-6 * $expected }
        }
        $answers.Count | Should -Be 8
        $answers.Right | Should -Not -Contain $false
        [GC]::Collect(); [GC]::WaitForPendingFinalizers()
        $memory::RentedBlocks | Should -BeLessOrEqual $before
        (Get-Torch2JaxConnection).IsOpen | Should -BeTrue
    }
}

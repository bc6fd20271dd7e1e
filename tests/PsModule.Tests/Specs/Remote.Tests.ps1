BeforeAll {
    . $PSScriptRoot/Common.ps1
    $probe = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $probe.Start()
    $port = $probe.LocalEndpoint.Port
    $probe.Stop()
    $address = "http://127.0.0.1:$port"
    $start = [System.Diagnostics.ProcessStartInfo]::new('dotnet', @($env:T2J_TEST_SERVICE))
    $start.Environment['ASPNETCORE_URLS'] = $address
    $start.Environment['TORCH2JAX_DATA'] = $env:T2J_TEST_DATA
    $start.Environment['Database__Schema'] = 'posh_remote'
    $start.Environment['Batches__Roots'] = "$TestDrive"
    $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $service = [System.Diagnostics.Process]::Start($start)
    $service.BeginOutputReadLine()
    $service.BeginErrorReadLine()
    $deadline = [DateTime]::UtcNow.AddSeconds(90)
    while ([DateTime]::UtcNow -lt $deadline) {
        try { Invoke-RestMethod "$address/health/ready" -TimeoutSec 5 | Out-Null; break } catch { Start-Sleep -Milliseconds 200 }
    }
    $remote = Connect-Torch2Jax -Uri $address
}

AfterAll {
    if (-not $service.HasExited) { $service.Kill($true); $service.WaitForExit() }
    Connect-Torch2Jax -DataDirectory $env:T2J_TEST_DATA | Out-Null
}

Describe 'A remote service' {
    It 'is what the connection says' {
        $remote.Kind | Should -Be 'Remote'
        $remote.Target | Should -BeLike "$address*"
    }

    It 'registers, lists, calls, tests, measures and deletes with the very same cmdlets' {
        Set-Content "$TestDrive/remote_f.py" "def f(x: Tensor) -> Tensor:`n    return (x * x).sum()`n"
        New-Torch2JaxArray 1.0, 2 | Export-Torch2JaxArray "$TestDrive/x.npy"
        Get-Item "$TestDrive/remote_f.py" | Register-Torch2JaxFunction -ExampleArgument 'float32[2]'
        (Get-Torch2JaxFunction 'remote_*').ShapeKey | Should -Be 'float32[2]'
        Invoke-Torch2Jax remote_f (Get-Item "$TestDrive/x.npy") | Should -Be 5
        "$(Invoke-Torch2Jax remote_f (, (1, 2)) -Transform grad)" | Should -Be '[2, 4]'
        "$((Test-Torch2JaxFunction remote_f 'float32[2]' -Transform hessian).Output)" | Should -Be 'float32[2, 2]'
        (Measure-Torch2JaxFunction remote_f (, (1, 2)) -Count 5).Count | Should -Be 5
        (Get-Torch2JaxDevice).Name | Should -Contain 'cpu'
        (Get-Torch2JaxDevice | Where-Object Name -EQ cpu).FreeBytes | Should -BeGreaterThan 0
        $sharding = @{ mesh = @{ axisNames = @('x'); shape = @(2) }; inSpecs = , @('x'); outSpecs = @('x') }
        Register-Torch2JaxFunction remote_cut -Source "def f(x: Tensor) -> Tensor:`n    return x * x`n" -Isolation Process
        (Get-Torch2JaxFunction remote_cut).Isolation | Should -Be 'Process'
        "$(Invoke-Torch2Jax remote_cut (, (1, 2)) -Sharding $sharding)" | Should -Be '[1, 4]'
        Clear-Torch2JaxShapeCache remote_f
        Unregister-Torch2JaxFunction remote_f
        { Invoke-Torch2Jax remote_f 1.0 -ErrorAction Stop } | Should -Throw -ErrorId 'FunctionNotFound,*'
    }

    It 'runs batches on its own files, and makes them by schedules' {
        Register-Torch2JaxFunction remote_twice -Source "def f(x: Tensor) -> Tensor:`n    return x * 2`n"
        $null = New-Item "$TestDrive/b" -ItemType Directory
        New-Torch2JaxArray (1.0, 2) | Export-Torch2JaxArray "$TestDrive/b/x.npy"
        $manifest = @{
            name = 'remote twice'; function = 'remote_twice'; args = , @{ '$input' = 'x' }; overwrite = $true
            inputs = @{ x = @{ array = 'x.npy' } }; output = @{ array = 'y.npy' }
        }
        $batch = Invoke-Torch2JaxBatch -Manifest $manifest -Folder b
        $batch.State | Should -Be 'Completed'
        "$(Import-Torch2JaxArray "$TestDrive/b/y.npy")" | Should -Be '[2, 4]'
        (Get-Torch2JaxBatch $batch.Id -Chunk).Count | Should -Be 2

        Register-Torch2JaxSchedule remote_night -Manifest $manifest -Folder b -Cron '0 30 2 * * ?' -TimeZone Europe/Berlin -WhatIf
        Get-Torch2JaxSchedule | Should -BeNullOrEmpty
        $schedule = Register-Torch2JaxSchedule remote_night -Manifest $manifest -Folder b -Cron '0 30 2 * * ?' -TimeZone Europe/Berlin
        $schedule.NextFireAt | Should -Not -BeNullOrEmpty
        { Register-Torch2JaxSchedule remote_night -Manifest $manifest -EverySecond 5 -ErrorAction Stop } | Should -Throw -ErrorId 'Conflict,*'
        { Register-Torch2JaxSchedule remote_none -Manifest @{ function = 'f' } -EverySecond 5 -ErrorAction Stop } | Should -Throw -ErrorId 'MalformedRequest,*'
        Get-Torch2JaxSchedule 'remote_*' | Out-String | Should -Match 'remote_night +0 30 2 \* \* \? Europe/Berlin'
        ([System.Management.Automation.CommandCompletion]::CompleteInput('Get-Torch2JaxSchedule remote_', 29, $null)).CompletionMatches.CompletionText |
            Should -Contain 'remote_night'
        Suspend-Torch2JaxSchedule remote_night -WhatIf
        (Get-Torch2JaxSchedule remote_night).Paused | Should -BeFalse
        (Suspend-Torch2JaxSchedule remote_night -PassThru).Paused | Should -BeTrue
        Get-Torch2JaxSchedule remote_night | Resume-Torch2JaxSchedule
        (Get-Torch2JaxSchedule remote_night).Paused | Should -BeFalse
        { Suspend-Torch2JaxSchedule remote_none -ErrorAction Stop } | Should -Throw -ErrorId 'FunctionNotFound,*'
        Remove-Torch2JaxBatch $batch.Id
        { Get-Torch2JaxBatch $batch.Id -ErrorAction Stop } | Should -Throw -ErrorId 'FunctionNotFound,*'
        Get-Torch2JaxSchedule remote_night | Unregister-Torch2JaxSchedule
        { Get-Torch2JaxSchedule remote_night -ErrorAction Stop } | Should -Throw -ErrorId 'FunctionNotFound,*'
    }

    It 'stores arrays, which calls name' {
        Register-Torch2JaxFunction remote_scaled -Source "def f(p: Dict[str, Tensor], x: Tensor) -> Tensor:`n    return p['w'] * x`n"
        Publish-Torch2JaxArray remote.p @{ w = New-Torch2JaxArray 2.0, 3 }
        "$(Invoke-Torch2Jax remote_scaled (Get-Torch2JaxStoredArray remote.p), (New-Torch2JaxArray 10.0))" | Should -Be '[20, 30]'
        "$(Invoke-Torch2Jax remote_scaled @{ '$ref' = 'remote.p' }, (New-Torch2JaxArray 1.0))" | Should -Be '[2, 3]'
        "$((Get-Torch2JaxStoredArray remote.p -Content).w)" | Should -Be '[2, 3]'
        Unpublish-Torch2JaxArray remote.p
        { Get-Torch2JaxStoredArray remote.p -ErrorAction Stop } | Should -Throw -ErrorId 'ArrayNotFound,*'
    }

    It 'runs the nightly script' {
        $manifest = @{
            function = 'remote_twice'; args = , @{ '$input' = 'x' }; overwrite = $true
            inputs = @{ x = @{ array = 'x.npy' } }; output = @{ array = 'z.npy' }
        }
        $manifest | ConvertTo-Json -Depth 5 | Set-Content "$TestDrive/remote.json"
        $lines = pwsh -NoProfile -File (Join-Path $env:T2J_TEST_ROOT 'scripts/Invoke-NightlyBatch.ps1') "$TestDrive/remote.json" -Uri $address -Folder b -ModulePath (Join-Path $env:T2J_TEST_MODULE 'Torch2Jax.psd1')
        $LASTEXITCODE | Should -Be 0 -Because "$lines"
        "$(Import-Torch2JaxArray "$TestDrive/b/z.npy")" | Should -Be '[2, 4]'
    }

    It 'says that it does not answer in time' {
        Register-Torch2JaxFunction remote_loop -Source "def f(x: Tensor) -> Tensor:`n    i = 0`n    while i < 1000000000:`n        x = x + 1`n        i += 1`n    return x`n"
        $found = $null
        Invoke-Torch2Jax remote_loop 1.0 -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable found
        $found[0].FullyQualifiedErrorId | Should -BeLike 'DeadlineExceeded,*'
        $found[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
    }

    It 'is an error of each item while it is away' {
        $service.Kill($true)
        $service.WaitForExit()
        $found = $null
        1.0, 2.0 | Invoke-Torch2Jax remote_loop -ErrorAction SilentlyContinue -ErrorVariable found
        $found.Count | Should -Be 2
        $found[0].CategoryInfo.Category | Should -Be 'ConnectionError'
        $found[0].ErrorDetails.RecommendedAction | Should -BeLike '*address*'
    }

    It 'ends Connect-Torch2Jax where nothing answers' {
        { Connect-Torch2Jax -Uri 'http://127.0.0.1:9' } | Should -Throw -ErrorId 'ServiceUnreachable,*'
    }
}

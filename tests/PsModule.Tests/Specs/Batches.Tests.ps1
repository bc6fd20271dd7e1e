BeforeAll {
    . $PSScriptRoot/Common.ps1
    Register-Torch2JaxFunction batch_root -Source "def f(x: Tensor) -> Tensor:`n    if bool((x < 0).any()):`n        raise ValueError('negative')`n    return x.sqrt()`n"
    Register-Torch2JaxFunction batch_long -Source "def f(x: Tensor) -> Tensor:`n    y = x`n    for i in range(60000):`n        y = torch.sin(y)`n    return y`n"

    function New-Manifest([string] $Function, [hashtable] $More = @{}) {
        @{
            name = "of $Function"; function = $Function; args = , @{ '$input' = 'x' }; retries = 0; threads = 1
            inputs = @{ x = @{ array = 'x.npy' } }; output = @{ array = 'y.npy' }
        } + $More
    }
}

Describe 'A batch' {
    BeforeEach {
        $at = New-Item (Join-Path $TestDrive ([guid]::NewGuid())) -ItemType Directory
        Push-Location $at
        New-Torch2JaxArray (4.0, 9, 16) | Export-Torch2JaxArray ./x.npy
    }

    AfterEach { Pop-Location }

    It 'runs from a hashtable over files of the current location' {
        $batch = Invoke-Torch2JaxBatch -Manifest (New-Manifest batch_root)
        $batch.State | Should -Be 'Completed'
        $batch.Name | Should -Be 'of batch_root'
        $batch.Chunks.Completed | Should -Be 3
        "$(Import-Torch2JaxArray ./y.npy)" | Should -Be '[2, 3, 4]'
        (Get-Torch2JaxBatch $batch.Id).Function | Should -Be 'batch_root@1'
        ($batch | Get-Torch2JaxBatch -Chunk).Index | Should -Be 0, 1, 2
        (Get-Torch2JaxBatch -Name '*root' -State Completed).Id | Should -Contain $batch.Id
    }

    It 'runs from a file, whose folder its paths start from, and writes a summary' {
        New-Manifest batch_root | ConvertTo-Json -Depth 5 | Set-Content ./root.json
        Push-Location $TestDrive
        try { $batch = Get-Item (Join-Path $at root.json) | Invoke-Torch2JaxBatch -Summary (Join-Path $at s.json) }
        finally { Pop-Location }
        $batch.State | Should -Be 'Completed'
        $summary = Get-Content ./s.json -Raw | ConvertFrom-Json
        $summary.id | Should -Be "$($batch.Id)"
        $summary.chunksDone | Should -Be 3
        $summary.skipped | Should -BeNullOrEmpty
    }

    It 'is looked at, and not made, with -WhatIf' {
        $before = @(Get-Torch2JaxBatch).Count
        Invoke-Torch2JaxBatch -Manifest (New-Manifest batch_root) -WhatIf
        $found = $null
        Invoke-Torch2JaxBatch -Manifest (New-Manifest batch_none) -WhatIf -ErrorAction SilentlyContinue -ErrorVariable found
        $found[0].FullyQualifiedErrorId | Should -BeLike 'FunctionNotFound,*'
        @(Get-Torch2JaxBatch).Count | Should -Be $before
        './y.npy' | Should -Not -Exist
    }

    It 'with a bad manifest is an error with its place, and nothing is made' {
        $found = { Invoke-Torch2JaxBatch -Manifest (New-Manifest batch_root @{ chunkSise = 2 }) -ErrorAction Stop } |
            Should -Throw -ErrorId 'MalformedRequest,*' -PassThru
        "$found" | Should -BeLike '*(chunkSise)'
        { Invoke-Torch2JaxBatch ./none.json -ErrorAction Stop } | Should -Throw
        { Invoke-Torch2JaxBatch -Manifest @{ function = [datetime]::Now } -ErrorAction Stop } |
            Should -Throw -ErrorId 'OptionNotUnderstood,*'
    }

    It 'that fails is an error, and goes on when its input is mended and accepted' {
        New-Torch2JaxArray (4.0, -9, 16) | Export-Torch2JaxArray ./x.npy
        $found = $null
        $batch = Invoke-Torch2JaxBatch -Manifest (New-Manifest batch_root) -ErrorAction SilentlyContinue -ErrorVariable found
        $batch.State | Should -Be 'Failed'
        $found[0].FullyQualifiedErrorId | Should -BeLike 'BatchFailed,*'
        "$($found[0])" | Should -BeLike '*negative*'
        $found[0].ErrorDetails.RecommendedAction | Should -BeLike "*Resume-Torch2JaxBatch $($batch.Id)*"

        New-Torch2JaxArray (4.0, 9, 16) | Export-Torch2JaxArray ./x.npy
        { $batch | Resume-Torch2JaxBatch -ErrorAction Stop } | Should -Throw -ErrorId 'Conflict,*'
        ($batch | Resume-Torch2JaxBatch -AcceptChangedInput).State | Should -Be 'Completed'
        "$(Import-Torch2JaxArray ./y.npy)" | Should -Be '[2, 3, 4]'
    }

    It 'that leaves chunks out warns of them' {
        New-Torch2JaxArray (4.0, -9, 16) | Export-Torch2JaxArray ./x.npy
        $batch = Invoke-Torch2JaxBatch -Manifest (New-Manifest batch_root @{ onBadChunk = 'skip' }) -WarningVariable warned -WarningAction SilentlyContinue
        $batch.State | Should -Be 'Completed'
        "$warned" | Should -BeLike '*1 of 3 chunks*'
    }

    It 'runs as a job, is stopped by somebody else, and goes on' {
        New-Torch2JaxArray ([float[]]::new(150)) | Export-Torch2JaxArray ./x.npy
        $job = Invoke-Torch2JaxBatch -Manifest (New-Manifest batch_long) -AsJob
        $job.PSJobTypeName | Should -Be 'Torch2JaxJob'
        $deadline = [DateTime]::UtcNow.AddMinutes(1)
        do { $batch = Get-Torch2JaxBatch -Name 'of batch_long' | Select-Object -First 1 }
        until ($batch.Chunks.Completed -gt 0 -or [DateTime]::UtcNow -gt $deadline)
        (Stop-Torch2JaxBatch $batch.Id -PassThru).State | Should -Be 'Cancelled'
        $found = $null
        (Receive-Job $job -Wait -ErrorAction SilentlyContinue -ErrorVariable found).State | Should -Be 'Cancelled'
        $found[0].FullyQualifiedErrorId | Should -BeLike 'BatchCancelled*'
        $job.State | Should -Be 'Failed'
        { Stop-Torch2JaxBatch $batch.Id -ErrorAction Stop } | Should -Throw -ErrorId 'Conflict,*'
        (Resume-Torch2JaxBatch $batch.Id).State | Should -Be 'Completed'
    }

    It 'that is interrupted ends in order, and -Continue goes on with it' {
        New-Torch2JaxArray ([float[]]::new(150)) | Export-Torch2JaxArray ./x.npy
        $manifest = New-Manifest batch_long @{ seed = 5 }
        $job = Invoke-Torch2JaxBatch -Manifest $manifest -AsJob
        $deadline = [DateTime]::UtcNow.AddMinutes(1)
        do { $batch = Get-Torch2JaxBatch -Name 'of batch_long' | Select-Object -First 1 }
        until (($batch.State -eq 'Running' -and $batch.Chunks.Completed -gt 0) -or [DateTime]::UtcNow -gt $deadline)
        Stop-Job $job
        $job.State | Should -Be 'Stopped'
        $left = Get-Torch2JaxBatch $batch.Id
        $left.State | Should -Be 'Running'
        $left.Chunks.Running | Should -Be 0
        $done = Invoke-Torch2JaxBatch -Manifest $manifest -Continue
        $done.Id | Should -Be $batch.Id
        $done.State | Should -Be 'Completed'
    }

    It 'shows its progress' {
        New-Torch2JaxArray ([float[]]::new(150)) | Export-Torch2JaxArray ./x.npy
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript('param($m, $d, $at, $manifest) Set-Location $at; Import-Module $m; Connect-Torch2Jax -DataDirectory $d | Out-Null; Invoke-Torch2JaxBatch -Manifest $manifest').
                AddArgument((Join-Path $env:T2J_TEST_MODULE 'Torch2Jax.psd1')).AddArgument($env:T2J_TEST_DATA).AddArgument("$at").AddArgument((New-Manifest batch_long)).Invoke()
            $shell.Streams.Error | Should -BeNullOrEmpty
            $shown = $shell.Streams.Progress | Where-Object Activity -eq 'Batch of batch_long'
            $shown.StatusDescription | Should -Contain 'done'
            $shown | Where-Object { $_.StatusDescription -match '^\d+ of 150 chunks, [\d.]+/s$' -and $_.PercentComplete -ge 0 } | Should -Not -BeNullOrEmpty
        }
        finally { $shell.Runspace.Dispose() }
    }

    It 'is forgotten, and its outputs stay' {
        $batch = Invoke-Torch2JaxBatch -Manifest (New-Manifest batch_root)
        $batch | Remove-Torch2JaxBatch -WhatIf
        (Get-Torch2JaxBatch $batch.Id).Id | Should -Be $batch.Id
        $batch | Remove-Torch2JaxBatch
        { Get-Torch2JaxBatch $batch.Id -ErrorAction Stop } | Should -Throw -ErrorId 'FunctionNotFound,*'
        { Remove-Torch2JaxBatch $batch.Id -ErrorAction Stop } | Should -Throw -ErrorId 'FunctionNotFound,*'
        './y.npy' | Should -Exist
    }

    It 'is listed as a table' {
        $batch = Invoke-Torch2JaxBatch -Manifest (New-Manifest batch_root)
        $text = Get-Torch2JaxBatch $batch.Id | Out-String -Width 200
        $text | Should -Match 'Id +Name +Function +State +Done +Failed +Chunks +Created'
        $text | Should -Match "$($batch.Id) of batch_root +batch_root@1 +Completed +3 +0 +3"
        $batch | Get-Torch2JaxBatch -Chunk | Out-String | Should -Match '1 +1 +1 +Completed +1'
    }
}

Describe 'What there is of batches' {
    It 'says that there is none of an id' {
        { Get-Torch2JaxBatch ([guid]::Empty) -ErrorAction Stop } | Should -Throw -ErrorId 'FunctionNotFound,*'
        { Resume-Torch2JaxBatch ([guid]::Empty) -ErrorAction Stop } | Should -Throw -ErrorId 'FunctionNotFound,*'
        { Stop-Torch2JaxBatch ([guid]::Empty) -ErrorAction Stop } | Should -Throw -ErrorId 'FunctionNotFound,*'
    }

    It 'completes ids' {
        $id = "$((Get-Torch2JaxBatch | Select-Object -First 1).Id)"
        $line = "Resume-Torch2JaxBatch $($id.Substring(0, 8))"
        ([System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)).CompletionMatches.CompletionText |
            Should -Contain $id
    }

    It 'has no schedules in this process, and says what to do: <Name>' -ForEach @(
        @{ Name = 'Get-'; Call = { Get-Torch2JaxSchedule } }
        @{ Name = 'Register-'; Call = { Register-Torch2JaxSchedule nightly -Manifest @{ function = 'f' } -Cron '0 30 2 * * ?' } }
        @{ Name = 'Unregister-'; Call = { Unregister-Torch2JaxSchedule nightly } }
        @{ Name = 'Suspend-'; Call = { Suspend-Torch2JaxSchedule nightly } }
        @{ Name = 'Resume-'; Call = { Resume-Torch2JaxSchedule nightly } }
    ) {
        $found = { & $Call } | Should -Throw -ErrorId 'NoSchedulesHere,*' -PassThru
        $found.ErrorDetails.RecommendedAction | Should -BeLike '*Connect-Torch2Jax -Uri*Invoke-NightlyBatch.ps1*'
    }

    It 'wants one of -Cron and -EverySecond' {
        { Register-Torch2JaxSchedule nightly -Manifest @{ function = 'f' } } | Should -Throw -ErrorId 'WhenIsNotClear,*'
        { Register-Torch2JaxSchedule nightly -Manifest @{ function = 'f' } -Cron 'x' -EverySecond 5 } | Should -Throw -ErrorId 'WhenIsNotClear,*'
    }
}

Describe 'The nightly script' {
    BeforeAll {
        $nightly = Join-Path $env:T2J_TEST_ROOT 'scripts/Invoke-NightlyBatch.ps1'
        $module = Join-Path $env:T2J_TEST_MODULE 'Torch2Jax.psd1'
    }

    BeforeEach {
        $at = New-Item (Join-Path $TestDrive ([guid]::NewGuid())) -ItemType Directory
        New-Torch2JaxArray (4.0, 9) | Export-Torch2JaxArray "$at/x.npy"
        $common = @('-ModulePath', $module, '-DataDirectory', $env:T2J_TEST_DATA)
    }

    It 'runs a batch, logs lines with their times, and ends with 0' {
        New-Manifest batch_root | ConvertTo-Json -Depth 5 | Set-Content "$at/n.json"
        $lines = pwsh -NoProfile -File $nightly "$at/n.json" @common -Summary "$at/s.json"
        $LASTEXITCODE | Should -Be 0 -Because "$lines"
        $lines | ForEach-Object { $_ | Should -Match '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ' }
        $lines[0] | Should -BeLike '* begins: *n.json'
        "$lines" | Should -BeLike '*of batch_root (batch_root@1) completed: 2 of 2 chunks*ends: exit code 0*'
        (Get-Content "$at/s.json" -Raw | ConvertFrom-Json).state | Should -Be 'completed'
    }

    It 'ends with <Code> where <What>' -ForEach @(
        @{ Code = 8; What = 'a chunk fails'; More = @{} }
        @{ Code = 7; What = 'a chunk is left out'; More = @{ onBadChunk = 'skip' } }
        @{ Code = 2; What = 'the manifest is wrong'; More = @{ nonsense = 1 } }
    ) {
        New-Torch2JaxArray (4.0, -9) | Export-Torch2JaxArray "$at/x.npy"
        New-Manifest batch_root $More | ConvertTo-Json -Depth 5 | Set-Content "$at/n.json"
        pwsh -NoProfile -File $nightly "$at/n.json" @common -LogPath "$at/log.txt"
        $LASTEXITCODE | Should -Be $Code -Because (Get-Content "$at/log.txt" -Raw)
    }

    It 'does nothing while another run of the manifest is under way' {
        New-Manifest batch_root | ConvertTo-Json -Depth 5 | Set-Content "$at/n.json"
        $hash = [Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes("$at/n.json"))).Substring(0, 16)
        $lock = [IO.File]::Open((Join-Path ([IO.Path]::GetTempPath()) "torch2jax-nightly-$([Environment]::UserName)-$hash.ps.lock"), 'OpenOrCreate', 'ReadWrite', 'None')
        try {
            pwsh -NoProfile -File $nightly "$at/n.json" @common | Should -BeLike '*another run*'
            $LASTEXITCODE | Should -Be 75
        }
        finally { $lock.Dispose() }
        "$at/y.npy" | Should -Not -Exist
    }

    It 'refuses a manifest that is not there' {
        pwsh -NoProfile -File $nightly "$at/none.json" @common 2>$null
        $LASTEXITCODE | Should -Be 2
    }
}

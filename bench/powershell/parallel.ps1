# 8 runspaces of 1,000 calls each over one engine: wrong answers and arrays that did not come back, and how long it takes.
param([string] $Module, [string] $DataDirectory)
$ErrorActionPreference = 'Stop'
Import-Module $Module
Connect-Torch2Jax -DataDirectory $DataDirectory | Out-Null
$array = New-Torch2JaxArray -Shape 8 -Fill 1
$right = Invoke-Torch2Jax sin_plus_x $array
$engine = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Torch2Jax.Engine' }
$memory = $engine.GetType('Torch2Jax.Arrays.ArrayMemory')
$before = $memory::RentedBlocks
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$wrong = 1..8 | ForEach-Object -ThrottleLimit 8 -Parallel {
    Import-Module $using:Module
    $wrong = 0
    for ($i = 0; $i -lt 1000; $i++) {
        if ((Invoke-Torch2Jax sin_plus_x $using:array) -ne $using:right) { $wrong++ }
    }
    $wrong
} | Measure-Object -Sum
$seconds = $clock.Elapsed.TotalSeconds
[GC]::Collect(); [GC]::WaitForPendingFinalizers()
$leaked = [Math]::Max(0, $memory::RentedBlocks - $before)
'{0}|{1:0.0} s for 8 runspaces of 1,000 calls, {2:0} calls/s; {3} wrong, {4} arrays leaked' -f ($wrong.Sum + $leaked), $seconds, (8000 / $seconds), $wrong.Sum, $leaked

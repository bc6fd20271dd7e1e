# Seconds from Import-Module to the first result, and of the processors in them.
param([string] $Module, [string] $DataDirectory)
$ErrorActionPreference = 'Stop'
$process = [System.Diagnostics.Process]::GetCurrentProcess()
$before = $process.TotalProcessorTime
$clock = [System.Diagnostics.Stopwatch]::StartNew()
Import-Module $Module
Connect-Torch2Jax -DataDirectory $DataDirectory | Out-Null
Invoke-Torch2Jax sin_plus_x (New-Torch2JaxArray -Shape 8 -Fill 1) | Out-Null
$seconds = $clock.Elapsed.TotalSeconds
$process.Refresh()
'{0:0.00} {1:0.00}' -f $seconds, ($process.TotalProcessorTime - $before).TotalSeconds

# Seconds from Import-Module to the first result.
param([string] $Module, [string] $DataDirectory)
$ErrorActionPreference = 'Stop'
$clock = [System.Diagnostics.Stopwatch]::StartNew()
Import-Module $Module
Connect-Torch2Jax -DataDirectory $DataDirectory | Out-Null
Invoke-Torch2Jax sin_plus_x (New-Torch2JaxArray -Shape 8 -Fill 1) | Out-Null
'{0:0.00}' -f $clock.Elapsed.TotalSeconds

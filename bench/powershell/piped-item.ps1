# Microseconds that a piped item takes beyond the engine's own call, the median of rounds: the time of the whole pipeline less
# what the engine says of each call.
param([string] $Module, [string] $DataDirectory, [int] $Items = 20000, [int] $Rounds = 9)
$ErrorActionPreference = 'Stop'
Import-Module $Module
Connect-Torch2Jax -DataDirectory $DataDirectory | Out-Null
$array = New-Torch2JaxArray -Shape 8 -Fill 1
$piped = [object[]]::new($Items)
for ($i = 0; $i -lt $Items; $i++) { $piped[$i] = $array }
$piped | Invoke-Torch2Jax sin_plus_x | Out-Null

$results = foreach ($round in 1..$Rounds) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $null = $piped | Invoke-Torch2Jax sin_plus_x
    $whole = $clock.Elapsed.TotalMilliseconds * 1000 / $Items
    $engine = 0.0
    $piped | Invoke-Torch2Jax sin_plus_x -ResultVariable call | ForEach-Object { $engine += $call.ElapsedMs }
    $engine = $engine * 1000 / $Items
    [pscustomobject] @{ Over = $whole - $engine; Whole = $whole; Engine = $engine }
}
$middle = ($results | Sort-Object Over)[[int][Math]::Floor($Rounds / 2)]
'{0:0.0}|{1:0.0} us an item, of them {2:0.0} us in the engine; {3} items, 8 floats each' -f $middle.Over, $middle.Whole, $middle.Engine, $Items

# Registers what the other scripts call, and calls it once, so that the registry is warm.
param([string] $Module, [string] $DataDirectory)
$ErrorActionPreference = 'Stop'
Import-Module $Module
Connect-Torch2Jax -DataDirectory $DataDirectory | Out-Null
Register-Torch2JaxFunction sin_plus_x -Source "def f(x: Tensor) -> Tensor:`n    return torch.sin(x) + x`n"
Invoke-Torch2Jax sin_plus_x (New-Torch2JaxArray -Shape 8 -Fill 1) | Out-Null
Disconnect-Torch2Jax

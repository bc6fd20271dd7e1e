# Dot-sourced by every specification: the module, connected to this run's own database.
$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $env:T2J_TEST_MODULE 'Torch2Jax.psd1')
if (-not (Get-Torch2JaxConnection)) {
    Connect-Torch2Jax -DataDirectory $env:T2J_TEST_DATA | Out-Null
}

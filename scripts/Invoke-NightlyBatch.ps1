#!/usr/bin/env pwsh
<#
.SYNOPSIS
One night's batch, for the Task Scheduler, cron and systemd timers.
.DESCRIPTION
Finishes what an earlier night left of the manifest, then runs tonight's batch, in this process or in a service. While one
runs, another of the same manifest does nothing. Every line is logged with its time. The exit code is that of
torch2jax batch run (docs/command-line.md), or 75 where one runs already.
.EXAMPLE
scripts/Invoke-NightlyBatch.ps1 -Manifest /srv/digits/nightly.json -LogPath /var/log/torch2jax-nightly.log
#>
[CmdletBinding()]
param(
    # The manifest (docs/batches.md).
    [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Manifest,
    # The folder that its paths start from; the manifest's own, or the service's first root.
    [string] $Folder,
    # A service; without it this process computes.
    [uri] $Uri,
    # The environment variable with the service's key.
    [string] $ApiKeyVariable = 'TORCH2JAX_API_KEY',
    # The private PostgreSQL's folder; TORCH2JAX_DATA, else this user's.
    [string] $DataDirectory = $env:TORCH2JAX_DATA,
    # Computes chunks again whose inputs have changed.
    [switch] $AcceptChangedInput,
    # A file for the summary as JSON.
    [string] $Summary,
    # A file that lines are added to; standard output without it.
    [string] $LogPath,
    # The module; the one beside this script, the one that was built here, or any that is installed.
    [string] $ModulePath
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

function Write-Log([string] $Text) {
    foreach ($line in $Text -split "`r?`n") {
        $line = '{0:yyyy-MM-ddTHH:mm:ssZ} {1}' -f [DateTime]::UtcNow, $line
        if ($LogPath) { Add-Content -LiteralPath $LogPath -Value $line } else { Write-Output $line }
    }
}

# What went wrong, as torch2jax says it.
function Get-ExitCode([System.Management.Automation.ErrorRecord] $Failure) {
    switch -Regex ($Failure.FullyQualifiedErrorId) {
        '^BatchFailed,' { return 8 }
        '^BatchCancelled,' { return 9 }
        '^(ServiceUnreachable|RegistryUnavailable|NotReady|Overloaded),' { return 3 }
        '^(Unauthenticated|Forbidden),' { return 4 }
        '^DeadlineExceeded,' { return 5 }
        '^(MalformedRequest|FileNotFound|FileNotReadable|ManifestNotText|InvalidTransform|FunctionNotFound|VersionNotFound|StructureMismatch),' { return 2 }
        '^(Conflict|ExecutionFailed|UnsupportedDtype|InvalidSource|DataDependentShape|OutputShapeMismatch|NotDifferentiable),' { return 1 }
        default { return 6 }
    }
}

if (-not (Test-Path -LiteralPath $Manifest -PathType Leaf)) {
    [Console]::Error.WriteLine("Invoke-NightlyBatch.ps1: there is no file '$Manifest'.")
    exit 2
}
$Manifest = (Resolve-Path -LiteralPath $Manifest).ProviderPath
$module = @(
    $ModulePath
    (Join-Path $PSScriptRoot 'Torch2Jax/Torch2Jax.psd1')
    (Join-Path $PSScriptRoot '../artifacts/Torch2Jax/Torch2Jax.psd1')
    (Join-Path $PSScriptRoot '../src/PsModule/bin/Release/Torch2Jax/Torch2Jax.psd1')
) | Where-Object { $_ -and (Test-Path -LiteralPath $_) } | Select-Object -First 1
if ($ModulePath -and $module -ne $ModulePath) {
    [Console]::Error.WriteLine("Invoke-NightlyBatch.ps1: there is no module '$ModulePath'.")
    exit 2
}

$hash = [Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($Manifest)))
$lockPath = Join-Path ([IO.Path]::GetTempPath()) "torch2jax-nightly-$([Environment]::UserName)-$($hash.Substring(0, 16)).ps.lock"
try {
    $lock = [IO.File]::Open($lockPath, 'OpenOrCreate', 'ReadWrite', 'None')
}
catch [IO.IOException] {
    Write-Log "another run of $Manifest is under way; nothing is done"
    exit 75
}
try {
    Write-Log "begins: $Manifest"
    Import-Module ($module ?? 'Torch2Jax')
    if ($Uri) {
        $key = [Environment]::GetEnvironmentVariable($ApiKeyVariable)
        $connect = @{ Uri = $Uri }
        if ($key) { $connect.ApiKey = ConvertTo-SecureString $key -AsPlainText -Force }
        $null = Connect-Torch2Jax @connect
    }
    elseif ($DataDirectory) { $null = Connect-Torch2Jax -DataDirectory $DataDirectory }

    $call = @{ Path = [WildcardPattern]::Escape($Manifest); Continue = $true; AcceptChangedInput = $AcceptChangedInput; Confirm = $false }
    if ($Folder) { $call.Folder = $Folder }
    if ($Summary) { $call.Summary = $Summary }
    $failures = $null
    $code = 0
    foreach ($batch in Invoke-Torch2JaxBatch @call -ErrorAction SilentlyContinue -ErrorVariable failures -WarningAction SilentlyContinue) {
        $chunks = $batch.Chunks
        Write-Log "batch $($batch.Id) $($batch.Name) ($($batch.Function)) $("$($batch.State)".ToLowerInvariant()): $($chunks.Completed) of $($chunks.Total) chunks, $($chunks.Discarded) failed"
        if ($chunks.Discarded -gt 0) { $code = 7 }
    }
    foreach ($failure in $failures) {
        Write-Log "error: $failure"
        if ($failure.ErrorDetails) { Write-Log "       $($failure.ErrorDetails.RecommendedAction)" }
        $code = Get-ExitCode $failure
    }
}
catch {
    Write-Log "error: $_"
    $code = Get-ExitCode $_
}
finally {
    $lock.Dispose()
}
Write-Log "ends: exit code $code"
exit $code

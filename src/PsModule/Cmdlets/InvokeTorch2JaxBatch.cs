using System.Collections;
using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Batches;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Makes batches from manifests, and stays with each until it ends.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Torch2JaxBatch", SupportsShouldProcess = true, DefaultParameterSetName = ByPath)]
[OutputType(typeof(BatchStatus), typeof(Job))]
public sealed class InvokeTorch2JaxBatch : BatchCmdlet
{
    private const string ByPath = "Path";
    private const string ByManifest = "Manifest";

    /// <summary>Manifests as JSON files; wildcards are allowed.</summary>
    [Parameter(
        Position = 0,
        Mandatory = true,
        ParameterSetName = ByPath,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true
    )]
    [Alias("FullName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>A manifest as a hashtable.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByManifest)]
    public IDictionary? Manifest { get; set; }

    /// <summary>The folder that the manifest's paths start from.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Folder { get; set; }

    /// <summary>First finishes the latest batch of the same manifest where that was ended or failed.</summary>
    [Parameter]
    public SwitchParameter Continue { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Manifest is not null)
        {
            if (TryItem(Manifest, () => ManifestValues.Read(Manifest), out var text))
            {
                Invoke("Manifest", text, SessionState.Path.CurrentFileSystemLocation.Path);
            }

            return;
        }

        foreach (var file in Path.SelectMany(path => OrEnd(path, () => Files(path, literal: false))))
        {
            if (TryItem(file, () => ManifestValues.Read(file), out var text))
            {
                Invoke(file, text, System.IO.Path.GetDirectoryName(file)!);
            }
        }
    }

    private void Invoke(string target, string text, string itsFolder)
    {
        var folder = ManifestFolder.Of(this, Session, Folder, itsFolder);
        if (!ShouldProcess($"{target} in {Connection.Target}", "Invoke batch"))
        {
            // What would happen is more than a name: whether it could.
            if (
                MyInvocation.BoundParameters.ContainsKey("WhatIf")
                && TryItem(target, () => Session.Batches.Check(text, folder, StopToken), out var preview)
            )
            {
                WriteVerbose($"{preview.Function} in {preview.Chunks} chunks");
            }

            return;
        }

        if (!TryItem(target, () => Session.Batches.Create(text, folder, Continue, StopToken), out var made))
        {
            return;
        }

        WriteVerbose($"Batch {made.Batch.Id} of {made.Batch.CreatedAt:u}");
        // Asked before it runs: one that goes on past midnight is still that day's.
        var isOfToday = made.IsOfToday;
        var good = Run(made.Batch, !made.Created && AcceptChangedInput);
        if (
            good
            && !made.Created
            && !isOfToday
            && !AsJob
            && TryItem(target, () => Session.Batches.Create(text, folder, false, StopToken), out var next)
        )
        {
            Run(next.Batch, accept: false);
        }
    }
}

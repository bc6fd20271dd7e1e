using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Lists batches, or their chunks.</summary>
[Cmdlet(VerbsCommon.Get, "Torch2JaxBatch", DefaultParameterSetName = Listed)]
[OutputType(typeof(BatchStatus), typeof(ChunkStatus))]
public sealed class GetTorch2JaxBatch : SessionCmdlet
{
    private const string Listed = "List";
    private const string ById = "Id";

    /// <summary>Batches by their ids.</summary>
    [Parameter(
        Position = 0,
        Mandatory = true,
        ParameterSetName = ById,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true
    )]
    [ArgumentCompleter(typeof(BatchIdCompleter))]
    public Guid[] Id { get; set; } = [];

    /// <summary>Only batches of these names; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = Listed)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BatchNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Only batches in these states.</summary>
    [Parameter(ParameterSetName = Listed)]
    [ValidateSet("Available", "Running", "Completed", "Failed", "Cancelled")]
    public string[] State { get; set; } = [];

    /// <summary>How many of the latest batches are looked at.</summary>
    [Parameter(ParameterSetName = Listed)]
    [ValidateRange(1, 1000)]
    public int Limit { get; set; } = 100;

    /// <summary>Gives the chunks of the batches instead, 1000 at most of each.</summary>
    [Parameter]
    public SwitchParameter Chunk { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ById)
        {
            foreach (var id in Id)
            {
                if (TryItem(id, () => Session.Batches.Get(id, StopToken), out var batch))
                {
                    Write(batch);
                }
            }

            return;
        }

        var patterns = Name.Select(name => new WildcardPattern(name, WildcardOptions.IgnoreCase)).ToList();
        foreach (var batch in OrEnd(null, () => Session.Batches.List(Limit, StopToken)))
        {
            if (
                patterns.Any(pattern => pattern.IsMatch(batch.Name))
                && (State.Length == 0 || State.Contains(batch.State.ToString(), StringComparer.OrdinalIgnoreCase))
            )
            {
                Write(batch);
            }
        }
    }

    private void Write(BatchStatus batch)
    {
        if (!Chunk)
        {
            WriteObject(batch);
        }
        else if (TryItem(batch.Id, () => Session.Batches.Chunks(batch.Id, null, StopToken), out var chunks))
        {
            WriteObject(chunks, enumerateCollection: true);
        }
    }
}

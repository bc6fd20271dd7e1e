using System.Management.Automation;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Forgets batches that do not run; their outputs stay.</summary>
[Cmdlet(VerbsCommon.Remove, "Torch2JaxBatch", SupportsShouldProcess = true)]
public sealed class RemoveTorch2JaxBatch : SessionCmdlet
{
    /// <summary>The batches.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BatchIdCompleter))]
    public Guid[] Id { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id)
        {
            if (ShouldProcess($"batch {id} in {Connection.Target}", "Remove"))
            {
                TryItem(id, () => Session.Batches.Delete(id, StopToken));
            }
        }
    }
}

using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Goes on with batches that were ended, failed or were stopped, and stays with each until it ends.</summary>
[Cmdlet(VerbsLifecycle.Resume, "Torch2JaxBatch", SupportsShouldProcess = true)]
[OutputType(typeof(BatchStatus), typeof(Job))]
public sealed class ResumeTorch2JaxBatch : BatchCmdlet
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
            if (
                ShouldProcess($"batch {id} in {Connection.Target}", "Resume")
                && TryItem(id, () => Session.Batches.Get(id, StopToken), out var batch)
            )
            {
                Run(batch, AcceptChangedInput);
            }
        }
    }
}

using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Stops batches, whoever works on them.</summary>
[Cmdlet(VerbsLifecycle.Stop, "Torch2JaxBatch", SupportsShouldProcess = true)]
[OutputType(typeof(BatchStatus))]
public sealed class StopTorch2JaxBatch : SessionCmdlet
{
    /// <summary>The batches.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BatchIdCompleter))]
    public Guid[] Id { get; set; } = [];

    /// <summary>Gives the stopped batches.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id)
        {
            if (
                ShouldProcess($"batch {id} in {Connection.Target}", "Stop")
                && TryItem(id, () => Session.Batches.Cancel(id, StopToken), out var batch)
                && PassThru
            )
            {
                WriteObject(batch);
            }
        }
    }
}

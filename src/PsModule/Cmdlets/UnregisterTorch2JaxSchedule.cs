using System.Management.Automation;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Removes a service's schedules; batches that they made stay.</summary>
[Cmdlet(VerbsLifecycle.Unregister, "Torch2JaxSchedule", SupportsShouldProcess = true)]
public sealed class UnregisterTorch2JaxSchedule : ScheduleCmdlet
{
    /// <summary>The schedules.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ScheduleNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var schedules = Schedules;
        foreach (var name in Name)
        {
            if (ShouldProcess($"schedule {name} in {Connection.Target}", "Unregister"))
            {
                TryItem(name, () => schedules.Remove(name, StopToken));
            }
        }
    }
}

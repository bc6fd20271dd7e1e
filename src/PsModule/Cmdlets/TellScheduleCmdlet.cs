using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>What cmdlets that tell schedules to wait or to go on have in common.</summary>
public abstract class TellScheduleCmdlet : ScheduleCmdlet
{
    /// <summary>The schedules.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ScheduleNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Gives the schedules.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var schedules = Schedules;
        var verb = MyInvocation.MyCommand.Name.Split('-')[0];
        foreach (var name in Name)
        {
            if (
                ShouldProcess($"schedule {name} in {Connection.Target}", verb)
                && TryItem(name, () => Tell(schedules, name), out var schedule)
                && PassThru
            )
            {
                WriteObject(schedule);
            }
        }
    }

    private protected abstract Schedule Tell(ISchedules schedules, string name);
}

using System.Management.Automation;
using Torch2Jax.Client;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Makes a service's schedules wait until they are resumed.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "Torch2JaxSchedule", SupportsShouldProcess = true)]
[OutputType(typeof(Schedule))]
public sealed class SuspendTorch2JaxSchedule : TellScheduleCmdlet
{
    private protected override Schedule Tell(ISchedules schedules, string name) => schedules.Pause(name, StopToken);
}

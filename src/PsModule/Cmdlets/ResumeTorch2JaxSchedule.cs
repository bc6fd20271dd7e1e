using System.Management.Automation;
using Torch2Jax.Client;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Lets schedules that wait go on.</summary>
[Cmdlet(VerbsLifecycle.Resume, "Torch2JaxSchedule", SupportsShouldProcess = true)]
[OutputType(typeof(Schedule))]
public sealed class ResumeTorch2JaxSchedule : TellScheduleCmdlet
{
    private protected override Schedule Tell(ISchedules schedules, string name) => schedules.Resume(name, StopToken);
}

using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>What cmdlets about schedules have in common: they need a service.</summary>
public abstract class ScheduleCmdlet : SessionCmdlet
{
    private protected ISchedules Schedules =>
        OrEnd(
            null,
            () =>
                Session.Schedules
                ?? throw new ModuleException(
                    "NoSchedulesHere",
                    ErrorCategory.NotImplemented,
                    "Schedules are a service's; this connection is the engine in this process, which nobody could rely on "
                        + "to be there in time.",
                    "Connect to a service (Connect-Torch2Jax -Uri ...), or let a systemd timer, cron or the Task Scheduler "
                        + "run scripts/Invoke-NightlyBatch.ps1."
                )
        );
}

using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Completion;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Lists a service's schedules.</summary>
[Cmdlet(VerbsCommon.Get, "Torch2JaxSchedule")]
[OutputType(typeof(Schedule))]
public sealed class GetTorch2JaxSchedule : ScheduleCmdlet
{
    /// <summary>Names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ScheduleNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var schedules = Schedules;
        foreach (var name in Name)
        {
            if (!WildcardPattern.ContainsWildcardCharacters(name))
            {
                if (TryItem(name, () => schedules.Get(name, StopToken), out var schedule))
                {
                    WriteObject(schedule);
                }

                continue;
            }

            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            var all = OrEnd(name, () => schedules.List(StopToken));
            WriteObject(all.Where(schedule => pattern.IsMatch(schedule.Name)), enumerateCollection: true);
        }
    }
}

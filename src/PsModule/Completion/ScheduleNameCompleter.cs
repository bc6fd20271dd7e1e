using System.Collections;

namespace Torch2Jax.PsModule.Completion;

/// <summary>Names of a service's schedules.</summary>
public sealed class ScheduleNameCompleter : Completer
{
    private protected override IEnumerable<string> Words(string begun, IDictionary bound) =>
        Ask((session, token) => session.Schedules?.List(token).Select(schedule => schedule.Name) ?? []);
}

using System.CommandLine;
using Torch2Jax.Tool.Commands.Batches;

namespace Torch2Jax.Tool.Commands.Schedules;

/// <summary>torch2jax schedule run</summary>
internal static class ScheduleRunCommand
{
    public static Command Create()
    {
        var name = ScheduleCommand.Name();
        return new Command("run", "Makes a schedule's batch now; torch2jax batch resume follows it.") { name }.Does(
            (session, parsed, _, token) =>
                SummaryPrinter.Print(parsed, ScheduleCommand.Of(session).Run(parsed.GetValue(name)!, token), "is made")
        );
    }
}

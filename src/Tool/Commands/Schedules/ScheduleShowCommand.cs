using System.CommandLine;

namespace Torch2Jax.Tool.Commands.Schedules;

/// <summary>torch2jax schedule show</summary>
internal static class ScheduleShowCommand
{
    public static Command Create()
    {
        var name = ScheduleCommand.Name();
        return new Command("show", "Says when a schedule fires, and what became of its last batch.") { name }.Does(
            (session, parsed, _, token) =>
                SchedulePrinter.Print(parsed, ScheduleCommand.Of(session).Get(parsed.GetValue(name)!, token))
        );
    }
}

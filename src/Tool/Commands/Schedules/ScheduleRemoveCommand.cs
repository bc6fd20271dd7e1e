using System.CommandLine;

namespace Torch2Jax.Tool.Commands.Schedules;

/// <summary>torch2jax schedule remove</summary>
internal static class ScheduleRemoveCommand
{
    public static Command Create()
    {
        var name = ScheduleCommand.Name();
        return new Command("remove", "Removes a schedule; batches that it made stay.") { name }.Does(
            (session, parsed, _, token) =>
            {
                ScheduleCommand.Of(session).Remove(parsed.GetValue(name)!, token);
                Answer.Print(
                    parsed,
                    json => json.WriteString("removed", parsed.GetValue(name)),
                    text => text.WriteLine($"Schedule {parsed.GetValue(name)} is removed.")
                );
            }
        );
    }
}

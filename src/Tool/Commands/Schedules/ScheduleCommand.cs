using System.CommandLine;
using Torch2Jax.Client;

namespace Torch2Jax.Tool.Commands.Schedules;

/// <summary>torch2jax schedule: batches that a service makes by itself.</summary>
internal static class ScheduleCommand
{
    public static Command Create() =>
        new("schedule", "Schedules of a service (--url): batches that it makes by itself.")
        {
            ScheduleAddCommand.Create(),
            ScheduleListCommand.Create(),
            ScheduleShowCommand.Create(),
            ScheduleRemoveCommand.Create(),
            Told(
                "pause",
                "Makes a schedule wait until it is resumed.",
                "waits",
                (all, name, token) => all.Pause(name, token)
            ),
            Told(
                "resume",
                "Lets a schedule that waits go on.",
                "goes on",
                (all, name, token) => all.Resume(name, token)
            ),
            ScheduleRunCommand.Create(),
        };

    public static Argument<string> Name() => new("name") { Description = "The schedule's name." };

    /// <summary>The service's schedules; an error where there is none.</summary>
    public static ISchedules Of(IFunctionSession session) =>
        session.Schedules
        ?? throw new ToolException(
            "usage",
            "Schedules are a service's: give --url or TORCH2JAX_URL. Without one let cron or a systemd timer run "
                + "scripts/nightly-batch.sh (docs/batches.md)."
        );

    private static Command Told(
        string verb,
        string description,
        string what,
        Func<ISchedules, string, CancellationToken, Schedule> tell
    )
    {
        var name = Name();
        return new Command(verb, description) { name }.Does(
            (session, parsed, _, token) =>
            {
                var schedule = tell(Of(session), parsed.GetValue(name)!, token);
                Answer.Print(
                    parsed,
                    json => ScheduleJson.WriteFields(json, schedule),
                    text => text.WriteLine($"Schedule {schedule.Name} {what}.")
                );
            }
        );
    }
}

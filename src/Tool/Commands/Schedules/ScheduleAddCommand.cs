using System.CommandLine;
using Torch2Jax.Client;
using Torch2Jax.Tool.Commands.Batches;

namespace Torch2Jax.Tool.Commands.Schedules;

/// <summary>torch2jax schedule add</summary>
internal static class ScheduleAddCommand
{
    public static Command Create()
    {
        var name = ScheduleCommand.Name();
        var manifest = new ManifestFile();
        var cron = new Option<string?>("--cron")
        {
            Description = "When, as Quartz writes it: '0 30 2 * * ?' is every night at 2:30.",
        };
        var every = new Option<int?>("--every") { Description = "Every so many seconds, instead of --cron." };
        var zone = new Option<string>("--time-zone")
        {
            Description = "Whose clock --cron means, an IANA name.",
            DefaultValueFactory = _ => "UTC",
        };
        var misfire = new Option<string>("--misfire")
        {
            Description = "A firing that nobody was there for: fireOnce makes up for it, skip leaves it out.",
            DefaultValueFactory = _ => "fireOnce",
        };
        misfire.AcceptOnlyFromAmong("fireOnce", "skip");
        var overlap = new Option<string>("--overlap")
        {
            Description = "A time at which a batch of the schedule still runs: skip leaves it out, allow runs both.",
            DefaultValueFactory = _ => "skip",
        };
        overlap.AcceptOnlyFromAmong("skip", "allow");
        var paused = new Option<bool>("--paused") { Description = "It waits until it is resumed." };
        var command = new Command("add", "Adds a schedule.") { name };
        manifest.AddTo(command);
        foreach (var option in new Option[] { cron, every, zone, misfire, overlap, paused })
        {
            command.Add(option);
        }

        return command.Does(
            (session, parsed, _, token) =>
            {
                var schedules = ScheduleCommand.Of(session);
                if (parsed.GetValue(cron) is null == parsed.GetValue(every) is null)
                {
                    throw new ToolException("usage", "Give either --cron or --every.");
                }

                var added = manifest.Use(
                    parsed,
                    session,
                    (text, folder) =>
                        schedules.Add(
                            new NewSchedule(parsed.GetValue(name)!, text)
                            {
                                Cron = parsed.GetValue(cron),
                                EverySeconds = parsed.GetValue(every),
                                TimeZone = parsed.GetValue(zone)!,
                                Misfire =
                                    parsed.GetValue(misfire) == "skip" ? MisfirePolicy.Skip : MisfirePolicy.FireOnce,
                                AllowOverlap = parsed.GetValue(overlap) == "allow",
                                Folder = folder,
                                Paused = parsed.GetValue(paused),
                            },
                            token
                        )
                );
                SchedulePrinter.Print(parsed, added);
            }
        );
    }
}

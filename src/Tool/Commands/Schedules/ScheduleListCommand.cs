using System.CommandLine;
using Torch2Jax.Client;

namespace Torch2Jax.Tool.Commands.Schedules;

/// <summary>torch2jax schedule list</summary>
internal static class ScheduleListCommand
{
    public static Command Create() =>
        new Command("list", "Lists the service's schedules.").Does(
            (session, parsed, _, token) =>
            {
                var schedules = ScheduleCommand.Of(session).List(token);
                Answer.Print(
                    parsed,
                    json =>
                    {
                        json.WriteStartArray("schedules");
                        foreach (var schedule in schedules)
                        {
                            json.WriteStartObject();
                            ScheduleJson.WriteFields(json, schedule);
                            json.WriteEndObject();
                        }

                        json.WriteEndArray();
                    },
                    text =>
                    {
                        foreach (var schedule in schedules)
                        {
                            text.WriteLine(SchedulePrinter.Line(schedule));
                        }
                    }
                );
            }
        );
}

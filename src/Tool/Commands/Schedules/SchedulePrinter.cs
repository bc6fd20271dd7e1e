using System.CommandLine;
using Torch2Jax.Client;

namespace Torch2Jax.Tool.Commands.Schedules;

/// <summary>Prints schedules.</summary>
internal static class SchedulePrinter
{
    public static void Print(ParseResult parsed, Schedule schedule) =>
        Answer.Print(parsed, json => ScheduleJson.WriteFields(json, schedule), text => text.WriteLine(Line(schedule)));

    /// <summary><c>nightly: 0 30 2 * * ? UTC, next 2026-11-24 02:30:00Z, last batch 3f1c... completed</c></summary>
    public static string Line(Schedule schedule)
    {
        var next =
            schedule.Paused ? "paused"
            : schedule.NextFireAt is { } time ? $"next {time.UtcDateTime:u}"
            : "never again";
        var last = schedule is { LastBatch: { } id, LastBatchState: { } state }
            ? $", last batch {id} {BatchJson.Word(state)}"
            : "";
        var error = schedule.LastError is { } why ? $", no batch: {ErrorCodes.Text(why.Code)}, {why.Message}" : "";
        return $"{schedule.Name}: {schedule.When}, {next}{last}{error}";
    }
}

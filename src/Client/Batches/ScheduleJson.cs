using System.Text.Json;
using Torch2Jax.Batches;

namespace Torch2Jax.Client;

/// <summary>Schedules as the service's JSON.</summary>
public static class ScheduleJson
{
    /// <summary>Writes a schedule's fields into an object that is begun.</summary>
    public static void WriteFields(Utf8JsonWriter json, Schedule schedule)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(schedule);
        WriteTimes(json, schedule.Name, schedule.Cron, schedule.EverySeconds, schedule.TimeZone, schedule.Misfire);
        json.WriteString("overlap", schedule.AllowOverlap ? "allow" : "skip");
        json.WriteString("folder", schedule.Folder);
        json.WritePropertyName("manifest");
        json.WriteRawValue(schedule.Manifest);
        json.WriteBoolean("paused", schedule.Paused);
        BatchJson.Write(json, "nextFireAt", schedule.NextFireAt);
        BatchJson.Write(json, "previousFireAt", schedule.PreviousFireAt);
        BatchJson.Write(json, "lastError", schedule.LastError);
        if (schedule is not { LastBatch: { } id, LastBatchState: { } state })
        {
            json.WriteNull("lastBatch");
            return;
        }

        json.WriteStartObject("lastBatch");
        json.WriteString("id", id);
        json.WriteString("state", BatchJson.Word(state));
        json.WriteEndObject();
    }

    internal static void Write(Utf8JsonWriter json, NewSchedule schedule)
    {
        json.WriteStartObject();
        WriteTimes(json, schedule.Name, schedule.Cron, schedule.EverySeconds, schedule.TimeZone, schedule.Misfire);
        json.WriteString("overlap", schedule.AllowOverlap ? "allow" : "skip");
        if (schedule.Folder is { } folder)
        {
            json.WriteString("folder", folder);
        }

        json.WritePropertyName("manifest");
        ManifestText.Write(json, schedule.Manifest);
        if (schedule.Paused)
        {
            json.WriteBoolean("paused", true);
        }

        json.WriteEndObject();
    }

    internal static Schedule Read(JsonElement schedule)
    {
        var last = Optional(schedule, "lastBatch");
        return new Schedule(
            schedule.GetProperty("name").GetString()!,
            Optional(schedule, "cron")?.GetString(),
            Optional(schedule, "everySeconds")?.GetInt32(),
            Optional(schedule, "timeZone")?.GetString() ?? "UTC",
            Optional(schedule, "misfire")?.GetString() == "skip" ? MisfirePolicy.Skip : MisfirePolicy.FireOnce,
            Optional(schedule, "folder")?.GetString(),
            schedule.GetProperty("manifest").GetRawText(),
            Optional(schedule, "paused")?.GetBoolean() ?? false,
            BatchJson.Time(schedule, "nextFireAt"),
            BatchJson.Time(schedule, "previousFireAt"),
            last?.GetProperty("id").GetGuid(),
            last is { } batch ? Enum.Parse<BatchState>(batch.GetProperty("state").GetString()!, ignoreCase: true) : null
        )
        {
            AllowOverlap = Optional(schedule, "overlap")?.GetString() == "allow",
            LastError = BatchJson.ReadError(schedule, "lastError"),
        };
    }

    private static JsonElement? Optional(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static void WriteTimes(
        Utf8JsonWriter json,
        string name,
        string? cron,
        int? everySeconds,
        string timeZone,
        MisfirePolicy misfire
    )
    {
        json.WriteString("name", name);
        if (cron is not null)
        {
            json.WriteString("cron", cron);
            json.WriteString("timeZone", timeZone);
        }

        if (everySeconds is { } seconds)
        {
            json.WriteNumber("everySeconds", seconds);
        }

        json.WriteString("misfire", misfire == MisfirePolicy.Skip ? "skip" : "fireOnce");
    }
}

using System.Text.Json;
using Torch2Jax.Registry.Schedules;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes schedules.</summary>
internal static class ScheduleJson
{
    /// <param name="json">Where to.</param>
    /// <param name="shown">The schedule, and its folder as people know it.</param>
    public static void Write(Utf8JsonWriter json, (ScheduleRecord Schedule, string Folder) shown)
    {
        var schedule = shown.Schedule;
        json.WriteStartObject();
        json.WriteString("name", schedule.Name);
        if (schedule.EverySeconds is { } seconds)
        {
            json.WriteNumber("everySeconds", seconds);
        }
        else
        {
            json.WriteString("cron", schedule.Cron);
        }

        json.WriteString("timeZone", schedule.TimeZone);
        json.WriteString("misfire", Name(schedule.Misfire));
        json.WriteString("overlap", Name(schedule.Overlap));
        json.WriteString("folder", shown.Folder);
        json.WritePropertyName("manifest");
        json.WriteRawValue(schedule.Manifest, skipInputValidation: true);
        json.WriteBoolean("paused", schedule.Paused);
        BatchJson.WriteTime(json, "nextFireAt", schedule.NextFireAt);
        BatchJson.WriteTime(json, "previousFireAt", schedule.PreviousFireAt);
        WriteLastBatch(json, schedule);
        BatchJson.WriteError(json, "lastError", schedule.LastError);
        json.WriteEndObject();
    }

    public static void WriteList(Utf8JsonWriter json, IEnumerable<(ScheduleRecord, string)> schedules)
    {
        json.WriteStartObject();
        json.WriteStartArray("schedules");
        foreach (var schedule in schedules)
        {
            Write(json, schedule);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A policy's name: <c>fireOnce</c>.</summary>
    public static string Name<T>(T policy)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(policy.ToString());

    private static void WriteLastBatch(Utf8JsonWriter json, ScheduleRecord schedule)
    {
        if (schedule.LastBatch is not { } batch)
        {
            json.WriteNull("lastBatch");
            return;
        }

        json.WriteStartObject("lastBatch");
        json.WriteString("id", batch.Id);
        json.WriteString("state", BatchJson.Name(batch.State));
        json.WriteEndObject();
    }
}

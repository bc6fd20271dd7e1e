using System.Text.Json;
using Torch2Jax.Batches;

namespace Torch2Jax.Client;

/// <summary>Batches as JSON: what the service answers with is read, and summaries and lists are written alike.</summary>
public static class BatchJson
{
    /// <summary>Writes a batch.</summary>
    public static void Write(Utf8JsonWriter json, BatchStatus batch)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(batch);
        json.WriteStartObject();
        WriteFields(json, batch);
        json.WriteEndObject();
    }

    /// <summary>Writes a batch's fields into an object that is begun.</summary>
    public static void WriteFields(Utf8JsonWriter json, BatchStatus batch)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(batch);
        json.WriteString("id", batch.Id);
        json.WriteString("name", batch.Name);
        json.WriteString("function", batch.Function);
        json.WriteString("state", Word(batch.State));
        json.WriteStartObject("chunks");
        json.WriteNumber("total", batch.Chunks.Total);
        json.WriteNumber("available", batch.Chunks.Available);
        json.WriteNumber("running", batch.Chunks.Running);
        json.WriteNumber("completed", batch.Chunks.Completed);
        json.WriteNumber("retryable", batch.Chunks.Retryable);
        json.WriteNumber("discarded", batch.Chunks.Discarded);
        json.WriteEndObject();
        Write(json, "error", batch.Error);
        json.WriteNumber("threads", batch.Threads);
        json.WriteNumber("seed", batch.Seed);
        Write(json, "createdAt", batch.CreatedAt);
        Write(json, "finalizedAt", batch.FinalizedAt);
        if (batch.Schedule is { } schedule)
        {
            json.WriteString("schedule", schedule);
            Write(json, "scheduledAt", batch.ScheduledAt);
        }
    }

    /// <summary>Writes a summary's fields into an object that is begun.</summary>
    public static void WriteFields(Utf8JsonWriter json, BatchSummary summary)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(summary);
        WriteFields(json, summary.Batch);
        json.WriteNumber("elapsedSeconds", Math.Round(summary.Elapsed.TotalSeconds, 3));
        json.WriteNumber("chunksDone", summary.ChunksDone);
        json.WriteNumber("chunksPerSecond", Math.Round(summary.ChunksPerSecond, 3));
        json.WriteStartArray("skipped");
        foreach (var chunk in summary.Skipped)
        {
            Write(json, chunk);
        }

        json.WriteEndArray();
    }

    /// <summary>Writes a chunk.</summary>
    public static void Write(Utf8JsonWriter json, ChunkStatus chunk)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(chunk);
        json.WriteStartObject();
        json.WriteNumber("index", chunk.Index);
        json.WriteNumber("first", chunk.First);
        json.WriteNumber("count", chunk.Count);
        json.WriteString("state", Word(chunk.State));
        json.WriteNumber("attempt", chunk.Attempt);
        Write(json, "error", chunk.Error);
        json.WriteEndObject();
    }

    /// <summary>A state as it is written: <c>completed</c>.</summary>
    public static string Word<T>(T state)
        where T : struct, Enum => state.ToString().ToLowerInvariant();

    internal static BatchStatus Read(JsonElement batch)
    {
        var chunks = batch.GetProperty("chunks");
        return new BatchStatus(
            batch.GetProperty("id").GetGuid(),
            batch.GetProperty("name").GetString()!,
            batch.GetProperty("function").GetString()!,
            State<BatchState>(batch),
            new ChunkCounts(
                chunks.GetProperty("available").GetInt32(),
                chunks.GetProperty("running").GetInt32(),
                chunks.GetProperty("completed").GetInt32(),
                chunks.GetProperty("retryable").GetInt32(),
                chunks.GetProperty("discarded").GetInt32()
            ),
            ReadError(batch),
            batch.GetProperty("threads").GetInt32(),
            batch.GetProperty("seed").GetInt64(),
            batch.GetProperty("createdAt").GetDateTimeOffset(),
            Time(batch, "finalizedAt")
        )
        {
            Schedule = batch.TryGetProperty("schedule", out var schedule) ? schedule.GetString() : null,
            ScheduledAt = Time(batch, "scheduledAt"),
        };
    }

    internal static ChunkStatus ReadChunk(JsonElement chunk) =>
        new(
            chunk.GetProperty("index").GetInt32(),
            chunk.GetProperty("first").GetInt64(),
            chunk.GetProperty("count").GetInt32(),
            State<ChunkState>(chunk),
            chunk.GetProperty("attempt").GetInt32(),
            ReadError(chunk)
        );

    internal static BatchPreview ReadPreview(JsonElement plan) =>
        new(
            plan.GetProperty("name").GetString()!,
            plan.GetProperty("function").GetString()!,
            plan.GetProperty("chunks").GetInt32(),
            plan.GetProperty("threads").GetInt32()
        );

    internal static DateTimeOffset? Time(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var time) && time.ValueKind != JsonValueKind.Null
            ? time.GetDateTimeOffset()
            : null;

    internal static void Write(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known)
        {
            json.WriteString(name, known.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static T State<T>(JsonElement owner)
        where T : struct, Enum =>
        Enum.TryParse<T>(owner.GetProperty("state").GetString(), ignoreCase: true, out var state)
            ? state
            : throw new FormatException("There is no such state.");

    internal static ChunkError? ReadError(JsonElement owner, string name = "error") =>
        owner.TryGetProperty(name, out var error) && error.ValueKind == JsonValueKind.Object
            ? new ChunkError(
                ErrorCodes.TryParse(error.GetProperty("code").GetString()!, out var code)
                    ? code
                    : Errors.ErrorCode.Internal,
                error.GetProperty("detail").GetString()!
            )
            : null;

    internal static void Write(Utf8JsonWriter json, string name, ChunkError? error)
    {
        if (error is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("code", ErrorCodes.Text(error.Code));
        json.WriteString("detail", error.Message);
        json.WriteEndObject();
    }
}

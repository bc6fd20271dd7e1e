using System.Text.Json;
using Torch2Jax.Batches;
using Torch2Jax.WebApi.Problems;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes batches and their chunks.</summary>
internal static class BatchJson
{
    public static void Write(Utf8JsonWriter json, (BatchRecord Batch, ChunkCounts Counts) state)
    {
        var batch = state.Batch;
        json.WriteStartObject();
        json.WriteString("id", batch.Id);
        json.WriteString("name", batch.Name);
        json.WriteString("function", $"{batch.Function}@{batch.Version}");
        json.WriteString("state", Name(batch.State));
        json.WriteStartObject("chunks");
        json.WriteNumber("total", batch.Chunks);
        json.WriteNumber("available", state.Counts.Available);
        json.WriteNumber("running", state.Counts.Running);
        json.WriteNumber("completed", state.Counts.Completed);
        json.WriteNumber("retryable", state.Counts.Retryable);
        json.WriteNumber("discarded", state.Counts.Discarded);
        json.WriteEndObject();
        WriteError(json, "error", batch.Error);
        json.WriteNumber("threads", batch.Threads);
        json.WriteNumber("seed", batch.Seed);
        json.WriteString("createdAt", batch.CreatedAt.UtcDateTime);
        WriteTime(json, "finalizedAt", batch.FinalizedAt);
        json.WriteString("schedule", batch.Schedule);
        WriteTime(json, "scheduledAt", batch.ScheduledAt);
        json.WriteEndObject();
    }

    /// <summary>What a manifest would make.</summary>
    public static void WritePlan(Utf8JsonWriter json, BatchRecord batch)
    {
        json.WriteStartObject();
        json.WriteString("name", batch.Name);
        json.WriteString("function", $"{batch.Function}@{batch.Version}");
        json.WriteNumber("chunks", batch.Chunks);
        json.WriteNumber("threads", batch.Threads);
        json.WriteEndObject();
    }

    public static void WriteList(Utf8JsonWriter json, IReadOnlyList<(BatchRecord, ChunkCounts)> batches)
    {
        json.WriteStartObject();
        json.WriteStartArray("batches");
        foreach (var batch in batches)
        {
            Write(json, batch);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteChunks(Utf8JsonWriter json, IEnumerable<ChunkRecord> chunks)
    {
        json.WriteStartObject();
        json.WriteStartArray("chunks");
        foreach (var chunk in chunks)
        {
            json.WriteStartObject();
            json.WriteNumber("index", chunk.Chunk.Index);
            json.WriteNumber("first", chunk.Chunk.Start);
            json.WriteNumber("count", chunk.Chunk.Count);
            json.WriteString("state", Name(chunk.State));
            json.WriteNumber("attempt", chunk.Attempt);
            WriteError(json, "error", chunk.Error);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static string Name<T>(T state)
        where T : struct, Enum => state.ToString().ToLowerInvariant();

    public static void WriteError(Utf8JsonWriter json, string name, ChunkError? error)
    {
        if (error is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("code", ErrorTable.For(error.Code).Code);
        json.WriteString("detail", error.Message);
        json.WriteEndObject();
    }

    public static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
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
}

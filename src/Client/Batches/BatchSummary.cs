using System.Text.Encodings.Web;
using System.Text.Json;
using Torch2Jax.Batches;

namespace Torch2Jax.Client;

/// <summary>What became of a batch, for logs and for people.</summary>
/// <param name="Batch">The batch as it ended.</param>
/// <param name="Elapsed">How long it was worked on, or followed, here.</param>
/// <param name="ChunksDone">How many chunks were closed in that time.</param>
/// <param name="Skipped">Chunks that failed for good, with their reasons; the first 1000.</param>
public sealed record BatchSummary(
    BatchStatus Batch,
    TimeSpan Elapsed,
    int ChunksDone,
    IReadOnlyList<ChunkStatus> Skipped
)
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Chunks a second over the whole time.</summary>
    public double ChunksPerSecond => Elapsed > TimeSpan.Zero ? ChunksDone / Elapsed.TotalSeconds : 0;

    /// <summary>Runs a batch to its end and sums it up; its parameters are those of <see cref="IBatches.Run"/>.</summary>
    public static BatchSummary Run(
        IBatches batches,
        Guid id,
        bool acceptChangedInputs = false,
        IProgress<BatchReport>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(batches);
        var before = batches.Get(id, cancellationToken).Chunks;
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        var batch = batches.Run(id, acceptChangedInputs, progress, cancellationToken);
        var elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(began);
        var skipped = batch.Chunks.Discarded > 0 ? batches.Chunks(id, ChunkState.Discarded, cancellationToken) : [];
        // Discarded chunks of a batch that is resumed are open again.
        var done = batch.Chunks.Total - batch.Chunks.Open - before.Completed;
        return new BatchSummary(batch, elapsed, Math.Max(0, done), skipped);
    }

    /// <summary>Writes it as a file's JSON, indented, with a newline at its end.</summary>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using (var json = new Utf8JsonWriter(stream, Indented))
        {
            json.WriteStartObject();
            BatchJson.WriteFields(json, this);
            json.WriteEndObject();
        }

        stream.Write("\n"u8);
    }
}

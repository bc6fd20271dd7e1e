using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>Where a batch is; docs/batches.md draws it.</summary>
public enum BatchState
{
    /// <summary>Made, and begun by nobody yet.</summary>
    Available,

    /// <summary>Its chunks are being worked on; any process may help.</summary>
    Running,

    /// <summary>Every chunk is complete or, where the manifest says skip, left out; outputs have their names.</summary>
    Completed,

    /// <summary>A chunk failed for good, or an input changed; what is complete stays, and it can be resumed.</summary>
    Failed,

    /// <summary>Somebody stopped it; it can be resumed.</summary>
    Cancelled,
}

/// <summary>Where a chunk is.</summary>
public enum ChunkState
{
    /// <summary>Nobody has it.</summary>
    Available,

    /// <summary>A process has it, until its lease ends.</summary>
    Running,

    /// <summary>Its result is on disk.</summary>
    Completed,

    /// <summary>It failed, and will be tried again.</summary>
    Retryable,

    /// <summary>It failed for good.</summary>
    Discarded,
}

/// <summary>A batch as it is stored.</summary>
/// <param name="Id">Its name in the database.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Function">The function's name.</param>
/// <param name="Version">The version that all chunks are computed with.</param>
/// <param name="Manifest">The manifest's text.</param>
/// <param name="Folder">The folder that paths in the manifest start from.</param>
/// <param name="Threads">Threads that one operator uses: bits depend on it.</param>
/// <param name="Seed">What the seeds of the chunks come from.</param>
/// <param name="Chunks">How many there are.</param>
/// <param name="State">Where it is.</param>
/// <param name="Error">Why it failed; else null.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="FinalizedAt">When it reached its last state; null while it has not.</param>
public sealed record BatchRecord(
    Guid Id,
    string Name,
    string Function,
    int Version,
    string Manifest,
    string Folder,
    int Threads,
    long Seed,
    int Chunks,
    BatchState State,
    ChunkError? Error,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinalizedAt
)
{
    /// <summary>The schedule that made it; null where somebody did.</summary>
    public string? Schedule { get; init; }

    /// <summary>The time that the schedule made it for; with its name, no two batches have it.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }
}

/// <summary>A batch with its chunks, checked and not stored yet.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Chunks">Its chunks.</param>
public sealed record PlannedBatch(BatchRecord Batch, IReadOnlyList<PlannedChunk> Chunks);

/// <summary>Why something failed: a code of docs/errors.md and a text.</summary>
/// <param name="Code">The stable code.</param>
/// <param name="Message">What came, what was expected.</param>
public sealed record ChunkError(ErrorCode Code, string Message);

/// <summary>A chunk as it is planned.</summary>
/// <param name="Index">0, 1, 2 ...</param>
/// <param name="Start">The first of its files or slices.</param>
/// <param name="Count">How many it has.</param>
/// <param name="Files">What its input files looked like when the batch was made; one text for all of them.</param>
public sealed record PlannedChunk(int Index, long Start, int Count, string Files);

/// <summary>A chunk that this process has now.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Attempt">Which attempt it is: the fence; only the latest may finish it.</param>
/// <param name="Failures">How often it has failed.</param>
public sealed record ClaimedChunk(PlannedChunk Chunk, int Attempt, int Failures);

/// <summary>A chunk that was computed and written.</summary>
/// <param name="Index">Which chunk.</param>
/// <param name="Attempt">The attempt that did it.</param>
/// <param name="InputHash">Over the bytes read.</param>
/// <param name="OutputHash">Over the bytes written.</param>
/// <param name="OutputBytes">How many were written.</param>
public sealed record FinishedChunk(
    int Index,
    int Attempt,
    ReadOnlyMemory<byte> InputHash,
    ReadOnlyMemory<byte> OutputHash,
    long OutputBytes
);

/// <summary>A chunk that failed.</summary>
/// <param name="Index">Which chunk.</param>
/// <param name="Attempt">The attempt that failed.</param>
/// <param name="Error">Why.</param>
/// <param name="RetryAfter">The pause before it is tried again; null where it is not.</param>
public sealed record FailedChunk(int Index, int Attempt, ChunkError Error, TimeSpan? RetryAfter);

/// <summary>A chunk with what became of it.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="State">Where it is.</param>
/// <param name="Attempt">How often it was begun.</param>
/// <param name="Error">Why it failed last; null where it did not.</param>
/// <param name="InputHash">Over the bytes read; null until it is complete.</param>
public sealed record ChunkRecord(
    PlannedChunk Chunk,
    ChunkState State,
    int Attempt,
    ChunkError? Error,
    ReadOnlyMemory<byte>? InputHash
);

/// <summary>How many chunks are where.</summary>
/// <param name="Available">Begun by nobody.</param>
/// <param name="Running">Being worked on.</param>
/// <param name="Completed">On disk.</param>
/// <param name="Retryable">To be tried again.</param>
/// <param name="Discarded">Failed for good.</param>
public readonly record struct ChunkCounts(int Available, int Running, int Completed, int Retryable, int Discarded)
{
    /// <summary>How many are neither complete nor discarded.</summary>
    public int Open => Available + Running + Retryable;

    /// <summary>All.</summary>
    public int Total => Open + Completed + Discarded;
}

using Torch2Jax.Batches;

namespace Torch2Jax.Client;

/// <summary>A batch and how far it is.</summary>
/// <param name="Id">Its name in the database.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Function"><c>name@version</c>.</param>
/// <param name="State">Where it is.</param>
/// <param name="Chunks">How many chunks are where.</param>
/// <param name="Error">Why it failed; else null.</param>
/// <param name="Threads">Threads that one operator uses.</param>
/// <param name="Seed">What the seeds of its calls come from.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="FinalizedAt">When it reached its last state; null while it has not.</param>
public sealed record BatchStatus(
    Guid Id,
    string Name,
    string Function,
    BatchState State,
    ChunkCounts Chunks,
    ChunkError? Error,
    int Threads,
    long Seed,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinalizedAt
)
{
    /// <summary>Whether it has reached a last state.</summary>
    public bool HasEnded => State is BatchState.Completed or BatchState.Failed or BatchState.Cancelled;

    /// <summary>The schedule that made it; null for none.</summary>
    public string? Schedule { get; init; }

    /// <summary>When the schedule was to make it.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }
}

/// <summary>A chunk of a batch.</summary>
/// <param name="Index">0, 1, 2 ...</param>
/// <param name="First">The first of its files or slices.</param>
/// <param name="Count">How many it has.</param>
/// <param name="State">Where it is.</param>
/// <param name="Attempt">How often it was begun.</param>
/// <param name="Error">Why it failed last; null where it did not.</param>
public sealed record ChunkStatus(int Index, long First, int Count, ChunkState State, int Attempt, ChunkError? Error);

/// <summary>What a manifest would make.</summary>
/// <param name="Name">What people would call it.</param>
/// <param name="Function"><c>name@version</c>.</param>
/// <param name="Chunks">How many chunks it would have.</param>
/// <param name="Threads">Threads that one operator would use.</param>
public sealed record BatchPreview(string Name, string Function, int Chunks, int Threads);

/// <summary>A batch that was made, or found.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Created">Whether it is new; else an unfinished one goes on.</param>
public sealed record MadeBatch(BatchStatus Batch, bool Created)
{
    /// <summary>Whether it was made today (UTC): a nightly run that finds one of an earlier day makes another after it.</summary>
    public bool IsOfToday => Batch.CreatedAt.UtcDateTime.Date == DateTime.UtcNow.Date;
}

/// <summary>How far a batch is, told while it is worked on.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Elapsed">Since it was begun or followed here.</param>
/// <param name="ChunksPerSecond">Over the last seconds, all processes together.</param>
public sealed record BatchReport(BatchStatus Batch, TimeSpan Elapsed, double ChunksPerSecond)
{
    /// <summary>How long the open chunks will take at this rate; null while nobody can know.</summary>
    public TimeSpan? Remaining =>
        ChunksPerSecond > 0 ? TimeSpan.FromSeconds(Math.Min(Batch.Chunks.Open / ChunksPerSecond, 1e9)) : null;
}

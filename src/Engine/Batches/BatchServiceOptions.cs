namespace Torch2Jax.Batches;

/// <summary>How batches are run.</summary>
public sealed record BatchServiceOptions
{
    /// <summary>The folders that manifests may reach, links followed; null for every one that the process may.</summary>
    public IReadOnlyList<string>? Roots { get; init; }

    /// <summary>How long a chunk belongs to a process that is not heard of.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether this process may use another number of threads an operator than it does, where a batch was made with one:
    /// a program of its own may, a service that others use at the same time may not.
    /// </summary>
    public bool MayChangeThreads { get; init; }

    /// <summary>
    /// Whether running a batch begins one again that failed or was cancelled: a program does what it was told, a service
    /// that works in the background must not undo what somebody decided meanwhile.
    /// </summary>
    public bool BeginsEndedOnes { get; init; } = true;

    /// <summary>Counts chunks.</summary>
    public ChunkOutcomes Outcomes { get; init; } = new();

    /// <summary>Lets calls run; null where every call runs at once.</summary>
    public ICallTurns? Turns { get; init; }
}

/// <summary>How far a batch is.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Counts">How many chunks are where, whoever computed them.</param>
/// <param name="Elapsed">Since this process began to work on it.</param>
/// <param name="ChunksPerSecond">Over the last seconds, all processes together.</param>
public sealed record BatchProgress(BatchRecord Batch, ChunkCounts Counts, TimeSpan Elapsed, double ChunksPerSecond)
{
    /// <summary>How long the open chunks will take at this rate; null while nobody can know.</summary>
    public TimeSpan? Remaining => ChunksPerSecond > 0 ? TimeSpan.FromSeconds(Counts.Open / ChunksPerSecond) : null;
}

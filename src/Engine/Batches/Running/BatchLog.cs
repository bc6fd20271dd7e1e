using Microsoft.Extensions.Logging;

namespace Torch2Jax.Batches;

/// <summary>What batches write to the log.</summary>
internal static partial class BatchLog
{
    [LoggerMessage(3001, LogLevel.Warning, "Batch {Batch}: chunk {Chunk} failed in attempt {Attempt}: {Reason}")]
    public static partial void ChunkFailed(ILogger logger, Guid batch, int chunk, int attempt, string reason);

    [LoggerMessage(3002, LogLevel.Warning, "Batch {Batch}: chunk {Chunk} is dropped, its lease has ended")]
    public static partial void LeaseLost(ILogger logger, Guid batch, int chunk);

    [LoggerMessage(3003, LogLevel.Warning, "Batch {Batch}: the database is away: {Reason}")]
    public static partial void HeartbeatFailed(ILogger logger, Guid batch, string reason);

    [LoggerMessage(3004, LogLevel.Information, "Batch {Batch} begins: {Completed} of {Chunks} chunks are complete")]
    public static partial void Begins(ILogger logger, Guid batch, int completed, int chunks);

    [LoggerMessage(
        3005,
        LogLevel.Information,
        "Batch {Batch} is {State}: {Completed} chunks complete, {Discarded} left out"
    )]
    public static partial void Ends(ILogger logger, Guid batch, BatchState state, int completed, int discarded);
}

using Microsoft.Extensions.Logging;

namespace Torch2Jax.Stored;

/// <summary>What is logged of stored arrays; never a value.</summary>
internal static partial class ArrayLog
{
    [LoggerMessage(130, LogLevel.Information, "Stored {Name} ({Sha256}, {Bytes} bytes, created: {Created})")]
    public static partial void Stored(this ILogger log, string name, string sha256, long bytes, bool created);

    [LoggerMessage(131, LogLevel.Information, "Deleted the stored array {Name}")]
    public static partial void ArrayDeleted(this ILogger log, string name);

    [LoggerMessage(132, LogLevel.Debug, "Loaded {Name} ({Sha256}, {Bytes} bytes) in {ElapsedMs} ms")]
    public static partial void Loaded(this ILogger log, string name, string sha256, long bytes, double elapsedMs);

    [LoggerMessage(133, LogLevel.Warning, "The store does not answer; stored arrays are served as known")]
    public static partial void StoreAway(this ILogger log, Exception error);
}

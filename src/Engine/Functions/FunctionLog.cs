using Microsoft.Extensions.Logging;

namespace Torch2Jax.Functions;

/// <summary>What the engine logs; never an argument's value.</summary>
internal static partial class FunctionLog
{
    [LoggerMessage(100, LogLevel.Information, "Registered {Function} ({Sha256}, created: {Created})")]
    public static partial void Registered(this ILogger log, string function, string sha256, bool created);

    [LoggerMessage(101, LogLevel.Information, "Deleted {Function}")]
    public static partial void Deleted(this ILogger log, string function);

    [LoggerMessage(102, LogLevel.Debug, "Called {Function} [{ShapeKey}]: {Cache} in {ElapsedMs} ms")]
    public static partial void Called(
        this ILogger log,
        string function,
        string shapeKey,
        CacheOutcome cache,
        double elapsedMs
    );

    [LoggerMessage(103, LogLevel.Debug, "{Function} changed in the registry; looking at it again")]
    public static partial void Changed(this ILogger log, string function);

    [LoggerMessage(104, LogLevel.Warning, "The registry does not answer; {Function} is served as known")]
    public static partial void RegistryAway(this ILogger log, string function, Exception error);

    [LoggerMessage(105, LogLevel.Warning, "The new version of {Function} cannot be loaded")]
    public static partial void LoadFailed(this ILogger log, string function, Exception error);

    [LoggerMessage(
        106,
        LogLevel.Information,
        "Warm-up: {Programs} programs of {Functions} functions in {ElapsedMs} ms"
    )]
    public static partial void WarmedUp(this ILogger log, int programs, int functions, double elapsedMs);

    [LoggerMessage(107, LogLevel.Debug, "Warm-up of {Function} [{ShapeKey}] stopped")]
    public static partial void WarmUpSkipped(this ILogger log, string function, string shapeKey, Exception error);

    [LoggerMessage(108, LogLevel.Warning, "Warm-up failed; functions are compiled at their first use")]
    public static partial void WarmUpFailed(this ILogger log, Exception error);

    [LoggerMessage(109, LogLevel.Debug, "Output shapes of {Function} [{ShapeKey}] depend on data")]
    public static partial void ShapesDependOnData(this ILogger log, string function, string shapeKey);

    [LoggerMessage(110, LogLevel.Warning, "The shape cache of {Function} cannot be read; it starts empty")]
    public static partial void ShapeCacheUnread(this ILogger log, string function, Exception error);

    [LoggerMessage(111, LogLevel.Debug, "A shape-cache entry of {Function} [{ShapeKey}] is not used: {Reason}")]
    public static partial void EntryNotTrusted(this ILogger log, string function, string shapeKey, string reason);

    [LoggerMessage(
        112,
        LogLevel.Warning,
        "{Function} is in quarantine: it ended worker processes, the last with {Signal}"
    )]
    public static partial void Quarantined(this ILogger log, string function, string signal);
}

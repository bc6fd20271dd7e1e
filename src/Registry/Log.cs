using Microsoft.Extensions.Logging;

namespace Torch2Jax.Registry;

/// <summary>What the registry writes to the log; event ids 3000 to 3099.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Warning, "The registry's database does not answer: {Reason}")]
    public static partial void DatabaseAway(ILogger logger, string reason);

    [LoggerMessage(3001, LogLevel.Information, "The registry's database answers again")]
    public static partial void DatabaseBack(ILogger logger);

    [LoggerMessage(3002, LogLevel.Error, "The registry's database refused a request")]
    public static partial void DatabaseRefused(ILogger logger, Exception exception);

    [LoggerMessage(3003, LogLevel.Information, "Applied migration {Version} ({Name}) to schema {Schema}")]
    public static partial void MigrationApplied(ILogger logger, int version, string name, string schema);

    [LoggerMessage(3004, LogLevel.Error, "A handler of a change failed")]
    public static partial void ChangeHandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(3005, LogLevel.Error, "A shape-cache write of function {Name} was refused and dropped")]
    public static partial void WriteRefused(ILogger logger, string name, Exception exception);

    [LoggerMessage(3006, LogLevel.Warning, "{Count} queued shape-cache writes were not written before the end")]
    public static partial void WritesLost(ILogger logger, int count);

    [LoggerMessage(3010, LogLevel.Information, "Made a private PostgreSQL {Version} in {Directory}")]
    public static partial void ClusterMade(ILogger logger, int version, string directory);

    [LoggerMessage(3011, LogLevel.Information, "Started the private PostgreSQL in {Directory} (process {ProcessId})")]
    public static partial void ServerStarted(ILogger logger, string directory, int processId);

    [LoggerMessage(3012, LogLevel.Warning, "The private PostgreSQL could not be started again: {Reason}")]
    public static partial void RestartFailed(ILogger logger, string reason);
}

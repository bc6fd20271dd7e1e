using Microsoft.Extensions.Logging;

namespace Torch2Jax.Client;

/// <summary>Which database a session in this process uses; without any setting the private one of this user.</summary>
public sealed record InProcessSessionOptions
{
    /// <summary>An existing PostgreSQL; null for the private one.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The private server's folder; null for the default one of this user.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>The PostgreSQL schema that holds everything.</summary>
    public string Schema { get; init; } = "torch2jax";

    /// <summary>Whether the most used functions are compiled in the background from the start.</summary>
    public bool WarmUp { get; init; } = true;

    /// <summary>
    /// Worker processes for functions that are registered with isolation; the first call of one starts them. With 0 such
    /// functions run in this process, too, and what ends it there ends it.
    /// </summary>
    public int Workers { get; init; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>Where the engine and the registry log; null for nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}

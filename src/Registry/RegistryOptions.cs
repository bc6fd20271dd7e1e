namespace Torch2Jax.Registry;

/// <summary>Which database the registry uses, and how it treats it.</summary>
/// <param name="ConnectionString">An existing server; null or empty for the private one (<see cref="Embedded.EmbeddedPostgres"/>).</param>
/// <param name="DataDirectory">The private server's base folder; null for the default one of this user.</param>
/// <param name="Schema">The PostgreSQL schema that holds everything.</param>
public sealed record RegistryOptions(string? ConnectionString, string? DataDirectory, string Schema = "torch2jax")
{
    /// <summary>How long <see cref="PostgresRegistry.OpenAsync"/> goes on trying a server that does not answer.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The most shape-cache keys that wait to be written; what comes beyond is dropped and counted.</summary>
    public int QueueCapacity { get; init; } = 100_000;

    /// <summary>The most text, in characters, that waits to be written.</summary>
    public long QueueTextCapacity { get; init; } = 128L << 20;

    /// <summary>How long queued writes are gathered before they are written together.</summary>
    public TimeSpan GatherTime { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often changes are looked for, beside the database's own notifications.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long closing the registry may take to write what is queued.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

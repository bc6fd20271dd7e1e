using Npgsql;

namespace Torch2Jax.Registry.Embedded;

/// <summary>A private server that runs.</summary>
/// <param name="DataDirectory">Its base folder.</param>
/// <param name="SocketDirectory">The folder of its Unix socket, the only way to it.</param>
/// <param name="ProcessId">The server's first process.</param>
public sealed record EmbeddedServer(string DataDirectory, string SocketDirectory, int ProcessId)
{
    internal const string Role = "torch2jax";
    internal const int Port = 5432;

    /// <summary>How to connect; the operating system's user is the proof, so there is no password.</summary>
    public string ConnectionString =>
        new NpgsqlConnectionStringBuilder
        {
            Host = SocketDirectory,
            Port = Port,
            Username = Role,
            Database = Role,
        }.ConnectionString;
}

/// <summary>What is known about a private server.</summary>
/// <param name="DataDirectory">Its base folder.</param>
/// <param name="Exists">Whether it was ever made.</param>
/// <param name="Server">The running server; null where it is stopped.</param>
public sealed record EmbeddedStatus(string DataDirectory, bool Exists, EmbeddedServer? Server);

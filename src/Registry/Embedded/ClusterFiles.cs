using System.Text;

namespace Torch2Jax.Registry.Embedded;

/// <summary>What is written into a new cluster.</summary>
internal static class ClusterFiles
{
    public const string LogName = "server.log";

    private const string Map = "torch2jax";

    /// <summary>Small, durable, and reachable through its socket alone. The socket's folder is given at each start.</summary>
    public const string Configuration = """
        # Written by Torch2Jax when it made this private server; edit it as you like, it is not written again.
        cluster_name = 'torch2jax'
        listen_addresses = ''
        unix_socket_permissions = 0700
        max_connections = 100
        superuser_reserved_connections = 3

        shared_buffers = 32MB
        work_mem = 4MB
        maintenance_work_mem = 32MB
        huge_pages = off
        max_worker_processes = 2
        max_parallel_workers = 0
        max_parallel_workers_per_gather = 0
        autovacuum_max_workers = 1
        jit = off

        fsync = on
        full_page_writes = on
        synchronous_commit = on
        wal_level = minimal
        max_wal_senders = 0
        min_wal_size = 16MB
        max_wal_size = 256MB
        checkpoint_timeout = 15min

        timezone = 'UTC'
        log_timezone = 'UTC'
        lc_messages = 'C'
        default_text_search_config = 'pg_catalog.simple'
        log_checkpoints = off
        log_min_messages = warning
        log_line_prefix = '%m [%p] %u '

        """;

    public const string HostAccess = """
        # The operating system's user is the proof (pg_ident.conf says whose); nothing comes over a network.
        local all all peer map=torch2jax
        host all all all reject

        """;

    /// <summary>Each user may be the registry's role, and the superuser for repairs by hand.</summary>
    public static string Users(IEnumerable<string> users)
    {
        var text = new StringBuilder();
        foreach (var user in users.Distinct())
        {
            var quoted = '"' + user.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
            text.Append(Map).Append(' ').Append(quoted).Append(' ').Append(EmbeddedServer.Role).Append('\n');
            text.Append(Map).Append(' ').Append(quoted).Append(" postgres\n");
        }
        return text.ToString();
    }

    /// <summary>For the server's single-user mode: one command a line.</summary>
    public const string Roles = $"""
        CREATE ROLE {EmbeddedServer.Role} LOGIN
        CREATE DATABASE {EmbeddedServer.Role} OWNER {EmbeddedServer.Role}

        """;
}

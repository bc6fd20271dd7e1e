using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Torch2Jax.Registry.Embedded;

/// <summary>
/// A private PostgreSQL of this user, made from the distribution's own programs and shared by all processes of the user.
/// It is reached through a Unix socket alone, and goes on running when the process that started it ends.
/// </summary>
public static class EmbeddedPostgres
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Finds the running server, or starts it; makes its data directory where there is none.</summary>
    /// <param name="dataDirectory">Its base folder; null for TORCH2JAX_DATA or the user's data folder.</param>
    /// <param name="logger">Is told what was made and started.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RegistrySetupException">It cannot be made or started.</exception>
    public static async Task<EmbeddedServer> StartAsync(
        string? dataDirectory,
        ILogger? logger,
        CancellationToken cancellationToken
    )
    {
        logger ??= NullLogger.Instance;
        var (layout, cluster) = Open(dataDirectory);
        if (layout.Exists && await cluster.ProbeAsync(cancellationToken) is (_, { } running))
        {
            return running;
        }
        return await WithLockAsync(
            layout,
            async () =>
            {
                if (!layout.Exists)
                {
                    CheckEmpty(layout);
                    var newest = PostgresBinaries.Find(null, layout.Base);
                    await cluster.MakeAsync(newest, cancellationToken);
                    Log.ClusterMade(logger, newest.Version, layout.Base);
                }
                return await StartAsync(layout, cluster, logger, cancellationToken);
            },
            cancellationToken
        );
    }

    /// <summary>Whether a server was made, and whether it runs.</summary>
    /// <param name="dataDirectory">As for <see cref="StartAsync(string?, ILogger?, CancellationToken)"/>.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<EmbeddedStatus> StatusAsync(string? dataDirectory, CancellationToken cancellationToken)
    {
        var (layout, cluster) = Open(dataDirectory);
        if (!layout.Exists)
        {
            return new EmbeddedStatus(layout.Base, Exists: false, Server: null);
        }
        var (_, server) = await cluster.ProbeAsync(cancellationToken);
        return new EmbeddedStatus(layout.Base, Exists: true, server);
    }

    /// <summary>Stops the server; processes that use it find it away until one starts it again.</summary>
    /// <param name="dataDirectory">As for <see cref="StartAsync(string?, ILogger?, CancellationToken)"/>.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>False where none was running.</returns>
    public static async Task<bool> StopAsync(string? dataDirectory, CancellationToken cancellationToken)
    {
        var (layout, cluster) = Open(dataDirectory);
        if (!layout.Exists)
        {
            return false;
        }
        return await WithLockAsync(
            layout,
            async () =>
            {
                var (_, server) = await SettleAsync(cluster, cancellationToken);
                if (server is not null)
                {
                    await cluster.StopAsync(Binaries(layout), cancellationToken);
                }
                RemoveSocketFolder(server?.SocketDirectory ?? layout.SocketDirectory(ServerAccount.Current.UserId));
                return server is not null;
            },
            cancellationToken
        );
    }

    /// <summary>Starts a server that was killed; one that was stopped in order stays stopped.</summary>
    internal static async Task ReviveAsync(string? dataDirectory, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            var (layout, cluster) = Open(dataDirectory);
            if (layout.Exists && await cluster.ProbeAsync(cancellationToken) is (ServerState.Crashed, _))
            {
                await StartAsync(dataDirectory, logger, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Tried again with the next attempt to connect.
            Log.RestartFailed(logger, exception.Message);
        }
    }

    private static async Task<EmbeddedServer> StartAsync(
        ClusterLayout layout,
        Cluster cluster,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var (state, server) = await SettleAsync(cluster, cancellationToken);
            if (server is not null)
            {
                return server;
            }
            var binaries = Binaries(layout);
            if (state == ServerState.Crashed)
            {
                // The server itself would take the number of an unrelated process of this user for its own.
                File.Delete(Path.Combine(layout.Cluster, "postmaster.pid"));
            }
            if (await cluster.StartAsync(binaries, cancellationToken))
            {
                (_, server) = await SettleAsync(cluster, cancellationToken);
                if (server is not null)
                {
                    Log.ServerStarted(logger, layout.Base, server.ProcessId);
                    return server;
                }
            }
            if (Stopwatch.GetElapsedTime(began) > Limit)
            {
                throw new RegistrySetupException(
                    $"The private database in {layout.Base} did not start within {Limit.TotalMinutes} minutes; "
                        + $"{layout.LogFile} may say why."
                );
            }
            await Task.Delay(Step, cancellationToken);
        }
    }

    /// <summary>Waits until the server is neither starting nor stopping.</summary>
    private static async Task<(ServerState State, EmbeddedServer? Server)> SettleAsync(
        Cluster cluster,
        CancellationToken cancellationToken
    )
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var found = await cluster.ProbeAsync(cancellationToken);
            if (found.State != ServerState.Changing || Stopwatch.GetElapsedTime(began) > Limit)
            {
                return found;
            }
            await Task.Delay(Step, cancellationToken);
        }
    }

    private static (ClusterLayout Layout, Cluster Cluster) Open(string? dataDirectory)
    {
        var layout = ClusterLayout.Of(dataDirectory);
        return (layout, new Cluster(layout, ServerAccount.Current));
    }

    private static PostgresBinaries Binaries(ClusterLayout layout)
    {
        var text = File.ReadAllText(Path.Combine(layout.Cluster, "PG_VERSION")).Trim().Split('.')[0];
        return PostgresBinaries.Find(int.Parse(text, CultureInfo.InvariantCulture), layout.Base);
    }

    private static async Task<T> WithLockAsync<T>(
        ClusterLayout layout,
        Func<Task<T>> work,
        CancellationToken cancellationToken
    )
    {
        try
        {
            PrivateFolder.Make(layout.Base);
            using var taken = await StartLock.TakeAsync(layout.LockFile, cancellationToken);
            return await work();
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new RegistrySetupException(
                $"The private database's folder {layout.Base} cannot be used: {exception.Message} Choose another one in "
                    + "TORCH2JAX_DATA.",
                exception
            );
        }
    }

    private static void CheckEmpty(ClusterLayout layout)
    {
        if (Directory.Exists(layout.Cluster) && Directory.EnumerateFileSystemEntries(layout.Cluster).Any())
        {
            throw new RegistrySetupException(
                $"{layout.Cluster} holds something that is not a PostgreSQL data directory. Move it away, or choose another "
                    + "folder in TORCH2JAX_DATA."
            );
        }
    }

    private static void RemoveSocketFolder(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is made again where it is missing; one that stays harms nobody.
        }
    }
}

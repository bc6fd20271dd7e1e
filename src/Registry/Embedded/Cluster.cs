using System.Globalization;

namespace Torch2Jax.Registry.Embedded;

/// <summary>One data directory and its server: the single steps, without the lock that orders them.</summary>
internal sealed class Cluster(ClusterLayout layout, ServerAccount account)
{
    /// <summary>
    /// The number in the lock file may be another process's by now (after a reboot, or in a new container): it is the
    /// server only if it works in this very directory.
    /// </summary>
    private const string ProbeScript = """
        cd /; d=/proc/self/fd/9
        read -r pid < $d/postmaster.pid || exit 3
        [ "/proc/$pid/cwd" -ef $d ] || exit 4
        exec cat $d/postmaster.pid
        """;

    /// <summary>
    /// Makes the folder, or makes sure whose it is, and removes what a killed server left in it: a lock file there would
    /// count for as long as any process has the number in it, be it one that nobody has buried yet.
    /// </summary>
    private const string SocketFolderScript = """
        [ -O /proc/self/fd/9 ] || exit 5
        mkdir -m 0700 -- "$1" 2>/dev/null
        [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] && [ "$(stat -c %a -- "$1")" = 700 ] && rm -f -- "$1"/.s.PGSQL.*
        """;

    public async Task<(ServerState State, EmbeddedServer? Server)> ProbeAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(layout.Cluster, "postmaster.pid")))
        {
            return (ServerState.Stopped, null);
        }
        var probe = await RunAsync(["bash", "-c", ProbeScript], null, cancellationToken);
        if (probe.ExitCode != 0)
        {
            return (probe.ExitCode == 4 ? ServerState.Crashed : ServerState.Stopped, null);
        }
        // Process, directory, start time, port, socket's folder, address, shared memory, state.
        var lines = probe.Output.Split('\n');
        return lines.Length > 7 && lines[7].Trim() == "ready"
            ? (
                ServerState.Ready,
                new EmbeddedServer(layout.Base, lines[4], int.Parse(lines[0], CultureInfo.InvariantCulture))
            )
            : (ServerState.Changing, null);
    }

    /// <summary>Makes the data directory: under another name first, so that it is there whole or not at all.</summary>
    public async Task MakeAsync(PostgresBinaries binaries, CancellationToken cancellationToken)
    {
        foreach (var left in Directory.GetDirectories(layout.Base, ClusterLayout.UnfinishedPrefix + "*"))
        {
            Remove(left);
        }
        var unfinished = Path.Combine(layout.Base, ClusterLayout.UnfinishedPrefix + Guid.NewGuid().ToString("N")[..8]);
        await account.MakeFolderAsync(unfinished, cancellationToken);
        try
        {
            await StepAsync(
                [
                    binaries["initdb"],
                    "-D",
                    ServerAccount.Directory,
                    "-U",
                    "postgres",
                    "--auth-local=peer",
                    "--auth-host=reject",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--data-checksums",
                    "--wal-segsize=4",
                ],
                null
            );
            await WriteAsync("postgresql.conf", ClusterFiles.Configuration);
            await WriteAsync("pg_hba.conf", ClusterFiles.HostAccess);
            await WriteAsync("pg_ident.conf", ClusterFiles.Users(account.Users));
            await StepAsync(
                [binaries["postgres"], "--single", "-D", ServerAccount.Directory, "postgres"],
                ClusterFiles.Roles
            );
            if (Directory.Exists(layout.Cluster))
            {
                Directory.Delete(layout.Cluster);
            }
            Directory.Move(unfinished, layout.Cluster);
            await Command.RunAsync("/usr/bin/sync", ["--", layout.Base], null, cancellationToken);
        }
        catch
        {
            Remove(unfinished);
            throw;
        }

        Task WriteAsync(string file, string text) =>
            StepAsync(["bash", "-c", "cat > \"$1\"", "bash", $"{ServerAccount.Directory}/{file}"], text);

        async Task StepAsync(string[] command, string? input)
        {
            var step = await account.RunAsync(unfinished, command, input, cancellationToken);
            if (step.ExitCode != 0)
            {
                throw new RegistrySetupException(
                    $"The private database in {layout.Base} could not be made ({command[0]}):\n{step.Words}"
                );
            }
        }
    }

    /// <summary>Starts the server and waits until it answers.</summary>
    /// <returns>False where processes of a killed server still hold its memory, so that it is worth another try.</returns>
    public async Task<bool> StartAsync(PostgresBinaries binaries, CancellationToken cancellationToken)
    {
        var socketFolder = layout.SocketDirectory(account.UserId);
        var folder = await RunAsync(["bash", "-c", SocketFolderScript, "bash", socketFolder], null, cancellationToken);
        if (folder.ExitCode == 5)
        {
            throw new RegistrySetupException(
                $"The private database in {layout.Base} belongs to another user, and {account.Name} cannot run it. Run this "
                    + "as that user, or choose another folder in TORCH2JAX_DATA."
            );
        }
        if (folder.ExitCode != 0)
        {
            throw new RegistrySetupException(
                $"{socketFolder} is needed for the private database's socket, but it is not a folder that belongs to "
                    + $"{account.Name} alone (mode 0700). Look at who made it, and remove it."
            );
        }
        var log = ServerLog.Prepare(layout.LogFile);
        var start = await RunAsync(
            [
                binaries["pg_ctl"],
                "start",
                "-D",
                ServerAccount.Directory,
                "--wait",
                "--timeout=150",
                "--silent",
                "--log",
                $"{ServerAccount.Directory}/{ClusterFiles.LogName}",
                "--options",
                $"-c unix_socket_directories={socketFolder} -c port={EmbeddedServer.Port}",
            ],
            null,
            cancellationToken
        );
        if (start.ExitCode == 0)
        {
            return true;
        }
        var words = log.Since();
        if (words.Contains("pre-existing shared memory block", StringComparison.Ordinal))
        {
            return false;
        }
        throw new RegistrySetupException(
            $"The private database in {layout.Base} did not start. {start.Words}\nThe end of {layout.LogFile}:\n{words}"
        );
    }

    /// <summary>Stops the server: its clients are cut off, what they were told is stored stays.</summary>
    public async Task StopAsync(PostgresBinaries binaries, CancellationToken cancellationToken)
    {
        var stop = await RunAsync(
            [binaries["pg_ctl"], "stop", "-D", ServerAccount.Directory, "--mode=fast", "--wait", "--timeout=120"],
            null,
            cancellationToken
        );
        if (stop.ExitCode != 0)
        {
            throw new RegistrySetupException($"The private database in {layout.Base} did not stop: {stop.Words}");
        }
    }

    private Task<CommandResult> RunAsync(string[] command, string? input, CancellationToken cancellationToken) =>
        account.RunAsync(layout.Cluster, command, input, cancellationToken);

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // An initdb whose starter was killed may still be writing there; the next one who makes a cluster removes it.
        }
    }
}

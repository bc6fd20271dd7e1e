using System.Diagnostics;
using System.Globalization;
using Torch2Jax.Registry.Embedded;

namespace Torch2Jax.Registry.Tests.Support;

/// <summary>A PostgreSQL of a test's own, in a temporary folder that goes with it.</summary>
public sealed class PrivateServer : IAsyncDisposable
{
    private const string Prefix = "torch2jax-tests-";

    static PrivateServer()
    {
        RemoveLeftovers();
    }

    public PrivateServer(string below = "")
    {
        Root = Path.Combine(Path.GetTempPath(), $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}"[..40]);
        DataDirectory = Path.Combine(Root, below);
        Directory.CreateDirectory(Root);
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    public string Root { get; }

    public string DataDirectory { get; }

    public Task<EmbeddedServer> StartAsync() => EmbeddedPostgres.StartAsync(DataDirectory, null, default);

    /// <summary>As a failing disk or an impatient operator ends it: no farewell to anybody.</summary>
    public async Task StopImmediatelyAsync()
    {
        var status = await EmbeddedPostgres.StatusAsync(DataDirectory, default);
        Signal("QUIT", status.Server!.ProcessId);
        while (File.Exists(Path.Combine(DataDirectory, "postgres", "postmaster.pid")))
        {
            await Task.Delay(20);
        }
    }

    /// <summary>SIGKILL of the first process; the others notice and end.</summary>
    public async Task KillAsync()
    {
        var status = await EmbeddedPostgres.StatusAsync(DataDirectory, default);
        Signal("KILL", status.Server!.ProcessId);
    }

    /// <summary>The first process and its children.</summary>
    public async Task<int[]> ProcessesAsync()
    {
        var status = await EmbeddedPostgres.StatusAsync(DataDirectory, default);
        var first = status.Server!.ProcessId;
        var children = await File.ReadAllTextAsync($"/proc/{first}/task/{first}/children");
        return
        [
            first,
            .. children
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(one => int.Parse(one, CultureInfo.InvariantCulture)),
        ];
    }

    public static void Signal(string signal, int processId)
    {
        using var kill = Process.Start("/bin/kill", [$"-{signal}", processId.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        await EmbeddedPostgres.StopAsync(DataDirectory, default);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Delete(Root, recursive: true);
                return;
            }
            catch (IOException) when (attempt < 100)
            {
                // An initdb whose starter was killed is still writing.
                await Task.Delay(100);
            }
        }
    }

    private void OnExit(object? sender, EventArgs arguments) => Remove(Root);

    /// <summary>Servers of test runs that were killed.</summary>
    private static void RemoveLeftovers()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            var owner = Path.GetFileName(folder).Split('-')[2];
            if (!Directory.Exists("/proc/" + owner))
            {
                Remove(folder);
            }
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            foreach (var file in Directory.GetFiles(folder, "postmaster.pid", SearchOption.AllDirectories))
            {
                var data = Path.GetDirectoryName(Path.GetDirectoryName(file))!;
                EmbeddedPostgres.StopAsync(data, default).GetAwaiter().GetResult();
            }
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{folder} stays: {exception.Message}");
        }
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests;

/// <summary>The database goes away and comes back; each test has a server of its own.</summary>
public sealed class OutageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Without_the_database_awaited_calls_fail_at_once_and_queued_ones_never()
    {
        await using var server = new PrivateServer();
        await using var registry = await OpenAsync(server);
        await registry.SaveAsync("f");
        await server.StopImmediatelyAsync();

        Func<Task>[] calls =
        [
            () => registry.SaveAsync("f", "new"),
            () => registry.FindAsync("f", null, default),
            () => registry.ExistsAsync("f", default),
            () => registry.ListAsync(null, null, 10, default),
            () => registry.ListVersionsAsync("f", default),
            () => registry.DeleteAsync("f", default),
            () => registry.LoadShapeCacheAsync("f", 1, 10, default),
            () => registry.LoadMostUsedAsync(1, 10, default),
            () => registry.ClearShapeCacheAsync("f", default),
        ];
        foreach (var call in calls)
        {
            var error = await Assert.ThrowsAsync<EngineException>(call).WaitAsync(Patience);
            Assert.Equal(ErrorCode.RegistryUnavailable, error.Code);
            Assert.DoesNotContain("/tmp", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("torch2jax", error.Message, StringComparison.Ordinal);
        }
        registry.QueueEntry(Samples.Entry(Samples.Key("f", 1, 1)));
        registry.QueueHits(Samples.Key("f", 1, 1), 3, Samples.Noon);

        Assert.Equal(new RegistryStatus(false, 1, 0), registry.Status);
        using var soon = new CancellationTokenSource(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => registry.FlushAsync(soon.Token));

        await server.StartAsync();
        await registry.FlushAsync(default).WaitAsync(Patience);
        Assert.Equal(3, Assert.Single(await registry.LoadShapeCacheAsync("f", 1, 10, default)).Hits);
        await UntilAsync(() => registry.Status == new RegistryStatus(true, 0, 0));
    }

    [Fact]
    public async Task Queued_writes_arrive_exactly_once_when_the_database_stops_and_starts_under_load()
    {
        await using var server = new PrivateServer();
        await using var registry = await OpenAsync(server);
        await registry.SaveAsync("f");
        var keys = Enumerable.Range(0, 50).Select(number => Samples.Key("f", 1, number)).ToArray();
        var sent = new long[keys.Length];
        foreach (var key in keys)
        {
            registry.QueueEntry(Samples.Entry(key));
        }
        using var end = new CancellationTokenSource();
        var load = Enumerable
            .Range(0, 3)
            .Select(worker =>
                Task.Run(async () =>
                {
                    for (var index = worker; !end.IsCancellationRequested; index++)
                    {
                        registry.QueueHits(keys[index % keys.Length], 1, Samples.Noon);
                        Interlocked.Increment(ref sent[index % keys.Length]);
                        if (index % 20 == 0)
                        {
                            await Task.Delay(1);
                        }
                    }
                })
            )
            .ToArray();

        for (var round = 0; round < 4; round++)
        {
            await Task.Delay(700);
            await server.StopImmediatelyAsync();
            await UntilAsync(() => !registry.Status.Available);
            await Task.Delay(300);
            await server.StartAsync();
            await UntilAsync(() => registry.Status.Available);
        }
        await end.CancelAsync();
        await Task.WhenAll(load);
        await registry.FlushAsync(default).WaitAsync(Patience);

        var stored = (await registry.LoadShapeCacheAsync("f", 1, 100, default)).ToDictionary(
            one => one.Key,
            one => one.Hits
        );
        Assert.Equal(sent, keys.Select(key => stored[key]));
        Assert.Equal(new RegistryStatus(true, 0, 0), registry.Status);
    }

    [Fact]
    public async Task Every_save_that_was_answered_is_there_after_the_server_is_killed()
    {
        await using var server = new PrivateServer();
        await using var registry = await OpenAsync(server);
        var answered = new ConcurrentBag<FunctionVersion>();
        var failed = 0;
        using var end = new CancellationTokenSource();
        var savers = Enumerable
            .Range(0, 4)
            .Select(saver =>
                Task.Run(async () =>
                {
                    for (var index = 0; !end.IsCancellationRequested; index++)
                    {
                        try
                        {
                            var saved = await registry.SaveAsync($"f{index % 3}", $"# {saver} {index}");
                            answered.Add(saved.Version);
                        }
                        catch (EngineException away) when (away.Code == ErrorCode.RegistryUnavailable)
                        {
                            Interlocked.Increment(ref failed);
                            await Task.Delay(20);
                        }
                    }
                })
            )
            .ToArray();

        for (var round = 0; round < 3; round++)
        {
            var before = answered.Count;
            await UntilAsync(() => answered.Count > before + 50);
            // Nobody starts it again here: a registry that finds its own server killed does so itself.
            await server.KillAsync();
        }
        var last = answered.Count;
        await UntilAsync(() => answered.Count > last + 50);
        await end.CancelAsync();
        await Task.WhenAll(savers);

        Assert.True(failed > 0, "the server was killed too late to be noticed");
        Assert.Equal(answered.Count, answered.Select(one => (one.Name, one.Version)).Distinct().Count());
        foreach (var one in answered)
        {
            var stored = await registry.FindAsync(one.Name, one.Version, default);
            Assert.Equal((one.Sha256, one.Content.Source), (stored!.Sha256, stored.Content.Source));
        }
    }

    [Fact]
    public async Task A_registry_that_is_closed_while_the_database_is_away_ends_in_time()
    {
        await using var server = new PrivateServer();
        var registry = await OpenAsync(server);
        await server.StopImmediatelyAsync();
        registry.QueueEntry(Samples.Entry(Samples.Key("f", 1, 1)));

        await registry.DisposeAsync().AsTask().WaitAsync(Patience);
    }

    [Fact]
    public async Task Opening_a_registry_whose_server_is_away_says_so_without_naming_it()
    {
        var options = new RegistryOptions("Host=/nonexistent/secret-place;Username=u;Password=hidden", null)
        {
            OpenTimeout = TimeSpan.FromMilliseconds(500),
        };

        var error = await Assert.ThrowsAsync<EngineException>(() => PostgresRegistry.OpenAsync(options, null, default));

        Assert.Equal(ErrorCode.RegistryUnavailable, error.Code);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_is_killed_while_it_saves_loses_nothing_that_was_answered()
    {
        await using var server = new PrivateServer();
        await server.StartAsync();
        var answered = new List<int>();
        for (var round = 0; round < 2; round++)
        {
            using var saver = ToolProcess.StartTool("save", server.DataDirectory, "torch2jax", "f", "100000");
            for (var line = 0; line < 40; line++)
            {
                answered.Add(int.Parse((await saver.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture));
            }
            saver.Kill();
            await saver.WaitForExitAsync();
        }

        await using var registry = await OpenAsync(server);
        var stored = (await registry.ListVersionsAsync("f", default)).Select(one => one.Version).ToList();

        Assert.Equal(answered.Order(), answered.Distinct());
        Assert.Subset(stored.ToHashSet(), answered.ToHashSet());
        Assert.Equal(stored.Count, stored[^1]);
    }

    [Fact]
    public async Task A_server_that_hangs_is_as_good_as_away_and_its_writes_still_arrive_once()
    {
        await using var server = new PrivateServer();
        await using var registry = await OpenAsync(server);
        await registry.SaveAsync("f");
        registry.QueueEntry(Samples.Entry(Samples.Key("f", 1, 1)));
        await registry.FlushAsync(default);
        var processes = await server.ProcessesAsync();
        foreach (var process in processes)
        {
            PrivateServer.Signal("STOP", process);
        }

        try
        {
            registry.QueueHits(Samples.Key("f", 1, 1), 7, Samples.Noon);
            var error = await Assert
                .ThrowsAsync<EngineException>(() => registry.FindAsync("f", null, default))
                .WaitAsync(Patience);
            Assert.Equal(ErrorCode.RegistryUnavailable, error.Code);
            Assert.False(registry.Status.Available);
        }
        finally
        {
            foreach (var process in processes)
            {
                PrivateServer.Signal("CONT", process);
            }
        }
        await registry.FlushAsync(default).WaitAsync(Patience);

        Assert.Equal(7, Assert.Single(await registry.LoadShapeCacheAsync("f", 1, 10, default)).Hits);
    }

    private static Task<PostgresRegistry> OpenAsync(PrivateServer server) =>
        PostgresRegistry.OpenAsync(
            new RegistryOptions(null, server.DataDirectory)
            {
                GatherTime = TimeSpan.FromMilliseconds(10),
                CloseTimeout = TimeSpan.FromSeconds(1),
            },
            null,
            default
        );

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}

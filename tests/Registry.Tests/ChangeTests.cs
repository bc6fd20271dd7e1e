using System.Collections.Concurrent;
using Npgsql;
using Torch2Jax.Functions;
using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests;

[Collection(PostgresCollection.Name)]
public sealed class ChangeTests(PostgresFixture postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Saves_and_deletes_reach_another_registry_and_the_own_one_once_each()
    {
        var schema = postgres.NewSchema();
        await using var one = await postgres.OpenAsync(schema);
        await using var other = await postgres.OpenAsync(schema);
        var (own, elsewhere) = (Collect(one), Collect(other));

        await one.SaveAsync("f", "a");
        await WaitAsync(elsewhere, 1);
        await WaitAsync(own, 1);
        // The same content again changes nothing, and so tells nothing.
        await one.SaveAsync("f", "a");
        await other.SaveAsync("g", "a");
        await WaitAsync(elsewhere, 2);
        await one.DeleteAsync("f", default);
        await WaitAsync(elsewhere, 3);
        await WaitAsync(own, 3);

        Assert.Equal(["f", "g", "f"], elsewhere);
        Assert.Equal(["f", "g", "f"], own);
    }

    [Fact]
    public async Task A_notification_comes_before_the_poll_is_due()
    {
        var schema = postgres.NewSchema();
        await using var one = await postgres.OpenAsync(schema);
        // With polls an hour apart only the notification can bring it.
        await using var other = await PostgresRegistry.OpenAsync(
            new RegistryOptions(postgres.ConnectionString, null, schema) { PollInterval = TimeSpan.FromHours(1) },
            null,
            default
        );
        var seen = Collect(other);
        // The listener is connected when it reports the first change; until then a poll could bring it.
        await one.SaveAsync("first");
        await WaitAsync(seen, 1);

        await one.SaveAsync("second");
        await WaitAsync(seen, 2);

        Assert.Equal(["first", "second"], seen);
    }

    [Fact]
    public async Task A_lost_notification_is_made_good_by_the_poll()
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);
        var seen = Collect(registry);
        await registry.SaveAsync("f");
        await WaitAsync(seen, 1);
        await using var source = postgres.Source(schema);
        await using var silent = source.CreateCommand(
            """
            WITH counted AS (UPDATE registry_state SET changes = changes + 1 RETURNING changes)
            UPDATE functions SET changed = (SELECT changes FROM counted) WHERE name = 'f'
            """
        );

        await silent.ExecuteNonQueryAsync();

        await WaitAsync(seen, 2);
        Assert.Equal(["f", "f"], seen);
    }

    [Fact]
    public async Task A_listener_that_is_cut_off_comes_back_and_says_that_all_must_be_looked_at()
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);
        var seen = Collect(registry);
        await registry.SaveAsync("f");
        await WaitAsync(seen, 1);

        await CutAsync();
        await WaitAsync(seen, 2);
        await registry.SaveAsync("g");
        await WaitAsync(seen, 3);

        Assert.Equal(["f", null, "g"], seen);
        Assert.True(registry.Status.Available);
    }

    [Fact]
    public async Task A_handler_that_throws_keeps_nothing_from_the_others()
    {
        await using var registry = await postgres.OpenAsync();
        registry.Changed += _ => throw new InvalidOperationException("a handler's fault");
        var seen = Collect(registry);

        await registry.SaveAsync("f");
        await WaitAsync(seen, 1);
        await registry.SaveAsync("g");
        await WaitAsync(seen, 2);

        Assert.Equal(["f", "g"], seen);
        Assert.True(registry.Status.Available);
    }

    private static ConcurrentQueue<string?> Collect(PostgresRegistry registry)
    {
        var seen = new ConcurrentQueue<string?>();
        registry.Changed += change => seen.Enqueue(change.Name);
        return seen;
    }

    private static async Task WaitAsync(ConcurrentQueue<string?> seen, int count)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (seen.Count < count)
        {
            await Task.Delay(10, limit.Token);
        }
    }

    /// <summary>Ends every session of the database but this one.</summary>
    private async Task CutAsync()
    {
        var admin = new NpgsqlConnectionStringBuilder(postgres.ConnectionString)
        {
            Username = "postgres",
            Pooling = false,
        };
        await using var source = NpgsqlDataSource.Create(admin.ConnectionString);
        await using var cut = source.CreateCommand(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'torch2jax'"
        );
        await cut.ExecuteNonQueryAsync();
    }
}

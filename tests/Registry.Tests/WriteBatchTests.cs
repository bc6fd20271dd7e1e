using Npgsql;
using Torch2Jax.Registry.Tests.Support;
using Torch2Jax.Registry.Writing;

namespace Torch2Jax.Registry.Tests;

/// <summary>A batch sent twice, because its first answer was lost, counts once.</summary>
[Collection(PostgresCollection.Name)]
public sealed class WriteBatchTests(PostgresFixture postgres)
{
    private static readonly Guid Writer = Guid.Parse("6f1c3b9e-0a1d-4a53-9a36-3a1f3d2b1c00");

    [Fact]
    public async Task A_batch_that_was_written_changes_nothing_when_it_is_sent_again()
    {
        var (registry, source) = await PrepareAsync();
        await using var _ = registry;
        await using var __ = source;
        await using var connection = await source.OpenConnectionAsync();

        await Batch(1, 5).WriteAsync(connection, Writer, default);
        await Batch(1, 5).WriteAsync(connection, Writer, default);
        Assert.Equal(5, await HitsAsync(registry));

        await Batch(2, 5).WriteAsync(connection, Writer, default);
        await Batch(2, 5).WriteAsync(connection, Guid.NewGuid(), default);
        Assert.Equal(15, await HitsAsync(registry));
    }

    [Theory]
    [InlineData(true, 5)]
    [InlineData(false, 5)]
    public async Task A_batch_that_is_still_being_written_is_waited_for(bool committed, long hits)
    {
        var (registry, source) = await PrepareAsync();
        await using var _ = registry;
        await using var __ = source;
        await using var lost = await source.OpenConnectionAsync();
        await using var second = await source.OpenConnectionAsync();
        await using var transaction = await lost.BeginTransactionAsync();
        await Batch(1, 5).WriteAsync(lost, Writer, default);

        var again = Batch(1, 5).WriteAsync(second, Writer, default);
        await Task.Delay(100);
        Assert.False(again.IsCompleted);
        if (committed)
        {
            await transaction.CommitAsync();
        }
        else
        {
            await transaction.RollbackAsync();
        }
        await again;

        Assert.Equal(hits, await HitsAsync(registry));
    }

    [Fact]
    public async Task A_batch_waits_for_a_delete_of_its_function_and_leaves_it_out()
    {
        var (registry, source) = await PrepareAsync();
        await using var _ = registry;
        await using var __ = source;
        await registry.SaveAsync("stays");
        await using var deleting = await source.OpenConnectionAsync();
        await using var writing = await source.OpenConnectionAsync();
        await using var transaction = await deleting.BeginTransactionAsync();
        await using var delete = new NpgsqlCommand(
            "UPDATE functions SET latest_version = NULL WHERE name = 'f'; DELETE FROM function_versions WHERE name = 'f'",
            deleting
        );
        await delete.ExecuteNonQueryAsync();

        var batch = new WriteBatch(1, [Item("f", 1), Item("stays", 1)]).WriteAsync(writing, Writer, default);
        await Task.Delay(100);
        Assert.False(batch.IsCompleted);
        await transaction.CommitAsync();
        await batch;

        Assert.Empty(await registry.LoadShapeCacheAsync("f", 1, 10, default));
        Assert.Single(await registry.LoadShapeCacheAsync("stays", 1, 10, default));
    }

    [Fact]
    public async Task Writers_deleters_and_clearers_of_the_same_functions_do_not_stop_one_another()
    {
        var schema = postgres.NewSchema();
        await using var one = await postgres.OpenAsync(schema);
        await using var other = await postgres.OpenAsync(schema);
        foreach (var name in (string[])["a", "b", "c"])
        {
            await one.SaveAsync(name);
        }

        await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(worker =>
                    Task.Run(async () =>
                    {
                        var registry = worker % 2 == 0 ? one : other;
                        for (var round = 0; round < 25; round++)
                        {
                            for (var number = 0; number < 30; number++)
                            {
                                var name = ((char)('a' + (number + worker) % 3)).ToString();
                                registry.QueueEntry(Samples.Entry(Samples.Key(name, 1 + round % 5, number), 1));
                            }
                            await registry.FlushAsync(default);
                            if (worker == 0 && round % 5 == 0)
                            {
                                await registry.DeleteAsync("b", default);
                                await registry.SaveAsync("b", $"# {round}");
                            }
                            else if (worker == 1)
                            {
                                await registry.ClearShapeCacheAsync("c", default);
                            }
                        }
                    })
                )
        );

        Assert.Equal(0, one.Status.QueuedWrites + other.Status.QueuedWrites);
        Assert.Equal(6 * 5 * 30 / 3, (await one.LoadShapeCacheAsync("a", 1, 100, default)).Sum(entry => entry.Hits));
    }

    private static WriteBatch Batch(long number, int hits) => new(number, [Item("f", hits)]);

    private static PendingWrite Item(string name, int hits)
    {
        var item = new PendingWrite(Samples.Key(name, 1, 1));
        item.Add(Samples.Entry(item.Key, hits));
        return item;
    }

    private async Task<(PostgresRegistry Registry, NpgsqlDataSource Source)> PrepareAsync()
    {
        var schema = postgres.NewSchema();
        var registry = await postgres.OpenAsync(schema);
        await registry.SaveAsync("f");
        return (registry, postgres.Source(schema));
    }

    private static async Task<long> HitsAsync(PostgresRegistry registry) =>
        Assert.Single(await registry.LoadShapeCacheAsync("f", 1, 10, default)).Hits;
}

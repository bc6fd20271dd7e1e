using Npgsql;
using Torch2Jax.Registry.Tests.Support;
using Torch2Jax.Stored;

namespace Torch2Jax.Registry.Tests.StoredArrays;

/// <summary>Content goes with its last name while others are about to use it.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ConcurrencyTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Names_that_come_and_go_at_once_leave_each_name_whole_and_nothing_else()
    {
        var schema = postgres.NewSchema();
        await using var one = await postgres.OpenAsync(schema);
        await using var other = await postgres.OpenAsync(schema);
        await using var source = postgres.Source(schema);
        // Few contents and few names, so that what one takes away the next one is just about to use.
        ArrayContent[] contents = [.. Enumerable.Range(0, 3).Select(seed => Content.Large(seed, 300_000))];

        await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(worker =>
                    Task.Run(async () =>
                    {
                        var random = new Random(worker);
                        var registry = worker % 2 == 0 ? one : other;
                        for (var i = 0; i < 40; i++)
                        {
                            var name = $"n{random.Next(4)}";
                            if (random.Next(3) == 0)
                            {
                                await registry.RemoveAsync(name);
                            }
                            else
                            {
                                await registry.PutAsync(name, contents[random.Next(contents.Length)]);
                            }
                        }
                    })
                )
        );

        var left = await one.Arrays.ListAsync(null, null, 100, default);
        foreach (var array in left)
        {
            var expected = contents.Single(content => content.Sha256 == array.Sha256);
            Assert.Equal(expected.Bytes(), await one.BytesAsync(array));
        }

        Assert.Equal(left.Select(array => array.Sha256).Distinct().Count(), await source.CountAsync("array_contents"));
        foreach (var array in left)
        {
            await one.RemoveAsync(array.Name);
        }

        Assert.Equal((0, 0), (await source.CountAsync("array_contents"), await source.CountAsync("array_chunks")));
    }

    [Fact]
    public async Task Content_that_goes_while_a_save_waits_for_its_turn_is_written_again()
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);
        await using var source = postgres.Source(schema);
        var content = Content.Of(1, 2, 3);
        await registry.PutAsync("a", content);

        // Another process takes the last name away: it has the lock, and the save stands behind it with nothing to send.
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, "SELECT FROM array_state FOR UPDATE");
        var save = registry.PutAsync("b", content);
        await UntilSomebodyWaitsAsync(source);
        await ExecuteAsync(connection, "DELETE FROM arrays");
        await ExecuteAsync(connection, "DELETE FROM array_contents");
        await transaction.CommitAsync();

        var saved = await save;
        Assert.Equal(content.Bytes(), await registry.BytesAsync(saved.Array));
        Assert.Equal(1, await source.CountAsync("array_contents"));
    }

    [Fact]
    public async Task A_save_that_is_cut_off_leaves_nothing_and_the_next_one_works()
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);
        await using var source = postgres.Source(schema);
        var content = Content.Large(5);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, "SELECT FROM array_state FOR UPDATE");
        // All of its content is sent by then; its process is killed before the commit.
        var save = registry.PutAsync("a", content);
        var waiting = await UntilSomebodyWaitsAsync(source);
        await ExecuteAsync(connection, $"SELECT pg_terminate_backend({waiting})");
        var second = registry.Arrays.ListAsync(null, null, 1, default);
        Assert.Empty(await second);
        Assert.Equal((0, 0), (await source.CountAsync("array_contents"), await source.CountAsync("array_chunks")));
        await transaction.RollbackAsync();

        // The connection broke before the commit, and so the work is done again.
        var saved = await save;
        Assert.Equal(content.Bytes(), await registry.BytesAsync(saved.Array));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<int> UntilSomebodyWaitsAsync(NpgsqlDataSource source)
    {
        for (var i = 0; i < 2000; i++)
        {
            await using var command = source.CreateCommand(
                "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%array_state FOR UPDATE%'"
            );
            if (await command.ExecuteScalarAsync() is int pid)
            {
                return pid;
            }

            await Task.Delay(10);
        }

        throw new TimeoutException("Nobody came to wait for the lock.");
    }
}

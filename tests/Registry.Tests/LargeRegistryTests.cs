using Npgsql;
using Torch2Jax.Registry.Storage;
using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests;

/// <summary>10,000 functions and 100,000 cache entries: what is read at start and page by page touches what it returns.</summary>
[Collection(PostgresCollection.Name)]
public sealed class LargeRegistryTests(PostgresFixture postgres)
{
    private const int Functions = 10_000;
    private const int Entries = 100_000;

    [Fact]
    public async Task Start_and_pages_read_through_indexes_what_they_return()
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);
        await using var source = postgres.Source(schema);
        await FillAsync(source);

        var most = await registry.LoadMostUsedAsync(3, 50_000, default);
        Assert.Equal(3 * Functions, most.Count);
        Assert.Equal(most.Select(one => one.Hits).OrderDescending(), most.Select(one => one.Hits));
        Assert.Equal(500, (await registry.LoadMostUsedAsync(3, 500, default)).Count);
        var page = await registry.ListAsync("f05", "f05499", 100, default);
        Assert.Equal(Enumerable.Range(5500, 100).Select(number => $"f{number:00000}"), page.Select(one => one.Name));

        var start = await ExplainAsync(source, ShapeCacheQueries.MostUsedSql, 3, 50_000);
        Assert.Contains("using shape_cache_most_used", start, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on shape_cache", start, StringComparison.Ordinal);
        // Of each function's ten entries only the three asked for are read.
        Assert.Contains("actual rows=3 loops=10000", start, StringComparison.Ordinal);

        var list = await ExplainAsync(source, FunctionQueries.ListSql, "f05499", "f05", "f05~", 100);
        Assert.Contains("using functions_live", list, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", list, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", list, StringComparison.Ordinal);

        // One function with all the entries is no worse.
        await using var crowd = source.CreateCommand(
            """
            INSERT INTO shape_cache
            SELECT 'f00001', 1, sha256(convert_to('more' || n, 'UTF8')), 'F', n::text, 'cpu', '', '', false, '0', n, now(), now()
            FROM generate_series(1, 50000) AS n
            """
        );
        await crowd.ExecuteNonQueryAsync();
        start = await ExplainAsync(source, ShapeCacheQueries.MostUsedSql, 3, 50_000);
        Assert.Contains("actual rows=3 loops=10000", start, StringComparison.Ordinal);
        Assert.Equal(
            [50000, 49999],
            (await registry.LoadShapeCacheAsync("f00001", 1, 2, default)).Select(one => one.Hits)
        );
    }

    private static async Task FillAsync(NpgsqlDataSource source)
    {
        await using var fill = source.CreateCommand(
            $"""
            INSERT INTO functions (name, next_version)
            SELECT 'f' || to_char(n, 'FM00000'), 2 FROM generate_series(0, {Functions - 1}) AS n;
            INSERT INTO function_versions (name, version, sha256, source, entry, functional, vmap_method, signature,
                warnings, created_at)
            SELECT name, 1, repeat('0', 64), repeat('x', 500), 'f', false, 'sequential', 'f()', array[]::text[], now()
            FROM functions;
            UPDATE functions SET latest_version = 1;
            INSERT INTO shape_cache
            SELECT 'f' || to_char(n % {Functions}, 'FM00000'), 1, sha256(convert_to(n::text, 'UTF8')), repeat('F', 40),
                'float32[' || n || ']', 'cpu', repeat('t', 40), repeat('o', 200), false, '0.1.0', (n * 7919) % 1000, now(),
                now()
            FROM generate_series(0, {Entries - 1}) AS n;
            ANALYZE functions; ANALYZE function_versions; ANALYZE shape_cache;
            """
        );
        fill.CommandTimeout = 120;
        await fill.ExecuteNonQueryAsync();
    }

    private static async Task<string> ExplainAsync(NpgsqlDataSource source, string sql, params object[] parameters)
    {
        await using var command = source.CreateCommand("EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) " + sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new() { Value = parameter });
        }
        await using var reader = await command.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await reader.ReadAsync())
        {
            plan.Add(reader.GetString(0));
        }
        return string.Join('\n', plan);
    }
}

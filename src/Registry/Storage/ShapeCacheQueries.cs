using Npgsql;
using Torch2Jax.Functions;
using Torch2Jax.Registry.Auditing;

namespace Torch2Jax.Registry.Storage;

/// <summary>Reads the shape cache, and clears it.</summary>
internal sealed class ShapeCacheQueries(Database database)
{
    /// <summary>Seconds: a whole registry's caches are read at start, and a large cache is cleared.</summary>
    private const int LongTimeout = 30;

    private const string Columns = """
        c.name, c.version, c.program, c.shape_key, c.device, c.in_tree, c.output_shapes, c.dynamic, c.engine_version,
        c.hits, c.created_at, c.last_used_at, c.peak_bytes
        """;

    /// <summary>$1: how many a function; $2: how many in all. One short index scan a function.</summary>
    internal const string MostUsedSql = $"""
        SELECT {Columns}
        FROM functions f
        CROSS JOIN LATERAL (
            SELECT * FROM shape_cache s
            WHERE s.name = f.name AND s.version = f.latest_version
            ORDER BY s.hits DESC, s.last_used_at DESC
            LIMIT $1
        ) c
        WHERE f.latest_version IS NOT NULL
        ORDER BY c.hits DESC, c.last_used_at DESC
        LIMIT $2
        """;

    public async Task<IReadOnlyList<ShapeCacheRecord>> LoadAsync(
        string name,
        int version,
        int limit,
        CancellationToken cancellationToken
    ) =>
        FunctionName.IsLegal(name)
            ? await ReadAsync(
                $"""
                SELECT {Columns} FROM shape_cache c WHERE c.name = $1 AND c.version = $2
                ORDER BY c.hits DESC, c.last_used_at DESC
                LIMIT $3
                """,
                [name, version, limit],
                cancellationToken
            )
            : [];

    public async Task<IReadOnlyList<ShapeCacheRecord>> LoadMostUsedAsync(
        int perFunction,
        int total,
        CancellationToken cancellationToken
    ) => await ReadAsync(MostUsedSql, [perFunction, total], cancellationToken);

    /// <summary>
    /// Deletes a function's cache. A write that this process's writer sent and no longer waits for is let through first
    /// (it holds the lock of the writer's row), so that it cannot bring entries back afterwards.
    /// </summary>
    public Task<int> ClearAsync(string name, Guid writer, CancellationToken cancellationToken) =>
        FunctionName.IsLegal(name)
            ? database.WriteAsync(
                async connection =>
                {
                    await using var wait = new NpgsqlCommand(
                        """
                        INSERT INTO write_batches (writer, batch, written_at) VALUES ($1, 0, now())
                        ON CONFLICT (writer) DO UPDATE SET written_at = excluded.written_at
                        """,
                        connection
                    )
                    {
                        Parameters = { new() { Value = writer } },
                    };
                    await wait.ExecuteNonQueryAsync(cancellationToken);
                    await using var delete = new NpgsqlCommand("DELETE FROM shape_cache WHERE name = $1", connection)
                    {
                        CommandTimeout = LongTimeout,
                        Parameters = { new() { Value = name } },
                    };
                    var deleted = await delete.ExecuteNonQueryAsync(cancellationToken);
                    await using var audit = new NpgsqlBatch(connection)
                    {
                        BatchCommands = { AuditLog.CacheCleared(name) },
                    };
                    await audit.ExecuteNonQueryAsync(cancellationToken);
                    return deleted;
                },
                cancellationToken
            )
            : Task.FromResult(0);

    /// <summary>Forgets writers that ended long ago, one row each.</summary>
    public static Task<int> ForgetWritersAsync(Database database, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand(
                    "DELETE FROM write_batches WHERE written_at < now() - interval '30 days'",
                    connection
                );
                return await command.ExecuteNonQueryAsync(cancellationToken);
            },
            cancellationToken
        );

    private Task<List<ShapeCacheRecord>> ReadAsync(
        string sql,
        object[] parameters,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = LongTimeout };
                foreach (var parameter in parameters)
                {
                    command.Parameters.Add(new() { Value = parameter });
                }
                return await command.ReadAllAsync(Read, cancellationToken);
            },
            cancellationToken
        );

    private static ShapeCacheRecord Read(NpgsqlDataReader row) =>
        new(
            new ShapeCacheKey(row.GetString(0), row.GetInt32(1), row.GetString(2), row.GetString(3), row.GetString(4)),
            row.GetString(5),
            row.GetString(6),
            row.GetBoolean(7),
            row.GetString(8),
            row.GetInt64(9),
            row.GetFieldValue<DateTimeOffset>(10),
            row.GetFieldValue<DateTimeOffset>(11),
            row.GetInt64(12)
        );
}

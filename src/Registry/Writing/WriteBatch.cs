using Npgsql;
using NpgsqlTypes;
using Torch2Jax.Registry.Storage;

namespace Torch2Jax.Registry.Writing;

/// <summary>Items that are written together, under one number of their writer.</summary>
internal sealed class WriteBatch(long number, IReadOnlyList<PendingWrite> items)
{
    /// <summary>
    /// One statement, and so one transaction. It stores the batch's number first, only where that is higher than the
    /// writer's last one, and everything else only where it did: sent again after a lost answer it changes nothing, and
    /// where the first attempt is still running it waits for its row. Items of versions that are gone are left out; the
    /// rows of the others are locked so that they stay until the end.
    /// </summary>
    private const string Sql = """
        WITH mark AS (
            INSERT INTO write_batches (writer, batch, written_at) VALUES ($1, $2, now())
            ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch, written_at = excluded.written_at
                WHERE write_batches.batch < excluded.batch
            RETURNING batch
        ), input AS MATERIALIZED (
            SELECT * FROM unnest($3::text[], $4::integer[], $5::bytea[], $6::text[], $7::text[], $8::text[], $9::text[],
                    $10::text[], $11::boolean[], $12::text[], $13::bigint[], $14::bigint[], $15::timestamptz[],
                    $16::timestamptz[])
                AS i (name, version, key_hash, program, shape_key, device, in_tree, output_shapes, dynamic,
                    engine_version, peak_bytes, hits, created_at, last_used_at)
            WHERE EXISTS (SELECT FROM mark)
        ), existing AS MATERIALIZED (
            SELECT v.name, v.version FROM function_versions v
            WHERE (v.name, v.version) IN (SELECT name, version FROM input WHERE in_tree IS NOT NULL)
            ORDER BY v.name, v.version
            FOR KEY SHARE
        ), stored AS (
            INSERT INTO shape_cache AS c (name, version, key_hash, program, shape_key, device, in_tree, output_shapes,
                dynamic, engine_version, peak_bytes, hits, created_at, last_used_at)
            SELECT name, version, key_hash, program, shape_key, device, in_tree, output_shapes, dynamic, engine_version,
                peak_bytes, hits, created_at, last_used_at
            FROM input JOIN existing USING (name, version)
            WHERE in_tree IS NOT NULL
            ORDER BY name, version, key_hash
            ON CONFLICT (name, version, key_hash) DO UPDATE SET
                in_tree = excluded.in_tree, output_shapes = excluded.output_shapes, dynamic = excluded.dynamic,
                engine_version = excluded.engine_version, hits = c.hits + excluded.hits,
                peak_bytes = CASE WHEN c.engine_version = excluded.engine_version
                    THEN greatest(c.peak_bytes, excluded.peak_bytes) ELSE excluded.peak_bytes END,
                last_used_at = greatest(c.last_used_at, excluded.last_used_at)
        )
        UPDATE shape_cache c
        SET hits = c.hits + i.hits, last_used_at = greatest(c.last_used_at, i.last_used_at)
        FROM input i
        WHERE i.in_tree IS NULL AND c.name = i.name AND c.version = i.version AND c.key_hash = i.key_hash
        """;

    public IReadOnlyList<PendingWrite> Items => items;

    public async Task WriteAsync(NpgsqlConnection connection, Guid writer, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql, connection) { CommandTimeout = 15 };
        command.Parameters.Add(new() { Value = writer });
        command.Parameters.Add(new() { Value = number });
        Add(command, NpgsqlDbType.Text, item => item.Key.Name);
        Add(command, NpgsqlDbType.Integer, item => item.Key.Version);
        Add(command, NpgsqlDbType.Bytea, item => ContentHash.Of(item.Key));
        Add(command, NpgsqlDbType.Text, item => item.Entry is null ? null : item.Key.Program);
        Add(command, NpgsqlDbType.Text, item => item.Entry is null ? null : item.Key.ShapeKey);
        Add(command, NpgsqlDbType.Text, item => item.Entry is null ? null : item.Key.Device);
        Add(command, NpgsqlDbType.Text, item => item.Entry?.InTree);
        Add(command, NpgsqlDbType.Text, item => item.Entry?.OutputShapes);
        Add(command, NpgsqlDbType.Boolean, item => item.Entry?.Dynamic ?? false);
        Add(command, NpgsqlDbType.Text, item => item.Entry?.EngineVersion);
        Add(command, NpgsqlDbType.Bigint, item => item.Entry?.PeakBytes ?? 0);
        Add(command, NpgsqlDbType.Bigint, item => item.Hits);
        Add(command, NpgsqlDbType.TimestampTz, item => (item.Entry?.CreatedAt ?? item.LastUsedAt).UtcDateTime);
        Add(command, NpgsqlDbType.TimestampTz, item => item.LastUsedAt.UtcDateTime);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private void Add<T>(NpgsqlCommand command, NpgsqlDbType type, Func<PendingWrite, T> member) =>
        command.Parameters.Add(
            new NpgsqlParameter<T[]>
            {
                NpgsqlDbType = NpgsqlDbType.Array | type,
                TypedValue = [.. items.Select(member)],
            }
        );
}

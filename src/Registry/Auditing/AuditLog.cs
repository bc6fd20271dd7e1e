using Npgsql;
using NpgsqlTypes;
using Torch2Jax.Registry.Storage;

namespace Torch2Jax.Registry.Auditing;

/// <summary>The audit's rows: each is written in the transaction of its change.</summary>
public sealed class AuditLog
{
    private readonly Database _database;

    internal AuditLog(Database database) => _database = database;

    /// <summary>The newest entries first.</summary>
    /// <param name="before">The last id of the page before; null for the first page.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<IReadOnlyList<AuditEntry>> ListAsync(long? before, int limit, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<AuditEntry>>(
            async connection =>
            {
                await using var command = new NpgsqlCommand(
                    """
                    SELECT id, at, actor, key_id, key_name, action, function, version, sha256, target_key_id, subject,
                        trace_id
                    FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2
                    """,
                    connection
                )
                {
                    Parameters =
                    {
                        new() { Value = before ?? long.MaxValue },
                        new() { Value = limit },
                    },
                };
                return await command.ReadAllAsync(Read, cancellationToken);
            },
            cancellationToken
        );

    /// <summary>Forgets what is older than <paramref name="keep"/>.</summary>
    /// <returns>How many entries went.</returns>
    public Task<int> ForgetAsync(TimeSpan keep, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand("DELETE FROM audit WHERE at < now() - $1", connection)
                {
                    Parameters = { new() { Value = keep } },
                };
                return await command.ExecuteNonQueryAsync(cancellationToken);
            },
            cancellationToken
        );

    /// <summary>Writes a row in the transaction that the connection is in.</summary>
    internal static async Task WriteAsync(
        NpgsqlConnection connection,
        NpgsqlBatchCommand row,
        CancellationToken cancellationToken
    )
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { row } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    internal static NpgsqlBatchCommand OfBatch(string change, Guid id, string? function = null, int? version = null) =>
        Row($"batch_{change}", function, version, subject: $"{id}");

    internal static NpgsqlBatchCommand OfSchedule(string change, string name) =>
        Row($"schedule_{change}", subject: name);

    internal static NpgsqlBatchCommand OfArray(string change, string name, string? sha256 = null) =>
        Row($"array_{change}", sha256: sha256, subject: name);

    internal static NpgsqlBatchCommand Registered(string function, int version, string sha256) =>
        Row("register", function, version, sha256);

    internal static NpgsqlBatchCommand Deleted(string function) => Row("delete", function);

    internal static NpgsqlBatchCommand CacheCleared(string function) => Row("clear_cache", function);

    internal static NpgsqlBatchCommand KeyAdded(int key) => Row("key_add", key: key);

    internal static NpgsqlBatchCommand KeyRevoked(int key) => Row("key_revoke", key: key);

    private static NpgsqlBatchCommand Row(
        string action,
        string? function = null,
        int? version = null,
        string? sha256 = null,
        int? key = null,
        string? subject = null
    )
    {
        var origin = ChangeOrigin.Current;
        var command = new NpgsqlBatchCommand(
            """
            INSERT INTO audit (actor, key_id, key_name, action, function, version, sha256, target_key_id, subject,
                trace_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """
        );
        Add(NpgsqlDbType.Text, origin.Actor.ToString().ToLowerInvariant());
        Add(NpgsqlDbType.Integer, origin.KeyId);
        Add(NpgsqlDbType.Text, origin.KeyName);
        Add(NpgsqlDbType.Text, action);
        Add(NpgsqlDbType.Text, function);
        Add(NpgsqlDbType.Integer, version);
        Add(NpgsqlDbType.Text, sha256);
        Add(NpgsqlDbType.Integer, key);
        Add(NpgsqlDbType.Text, subject);
        Add(NpgsqlDbType.Text, origin.TraceId);
        return command;

        void Add(NpgsqlDbType type, object? value) =>
            command.Parameters.Add(new() { NpgsqlDbType = type, Value = value ?? DBNull.Value });
    }

    private static AuditEntry Read(NpgsqlDataReader row)
    {
        return new AuditEntry(
            row.GetInt64(0),
            row.GetFieldValue<DateTimeOffset>(1),
            row.GetString(2),
            Int(3),
            Text(4),
            row.GetString(5),
            Text(6),
            Int(7),
            Text(8),
            Int(9),
            Text(10),
            Text(11)
        );

        int? Int(int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
    }
}

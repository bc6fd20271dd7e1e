using Npgsql;
using NpgsqlTypes;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Auditing;
using Torch2Jax.Registry.Storage;

namespace Torch2Jax.Registry.Keys;

/// <summary>Keys in PostgreSQL.</summary>
internal sealed class KeyStore(Database database) : IApiKeyStore
{
    private const string Columns =
        "k.id, k.name, k.role, k.prefix, k.rate_per_minute, k.created_at, k.expires_at, k.revoked_at, k.last_used_at";

    private const string LiveAdmins = """
        SELECT count(*) FROM api_keys
        WHERE role = 'admin' AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
        """;

    public event Action? Changed;

    /// <summary>What the listener calls.</summary>
    public void Raise() => Changed?.Invoke();

    public Task<IReadOnlyList<KnownApiKey>> LoadAsync(CancellationToken cancellationToken) =>
        ReadAsync(
            $"SELECT {Columns}, k.sha256 FROM api_keys k WHERE k.revoked_at IS NULL",
            static row => new KnownApiKey(Read(row), row.GetFieldValue<byte[]>(9)),
            cancellationToken
        );

    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken) =>
        ReadAsync($"SELECT {Columns} FROM api_keys k ORDER BY k.id", Read, cancellationToken);

    public async Task<MadeApiKey> AddAsync(NewApiKey key, bool adminFirst, CancellationToken cancellationToken)
    {
        Check(key);
        var (text, prefix, sha256) = KeyText.Make();
        var made = await database.WriteAsync(
            async connection =>
            {
                await CountChangeAsync(connection, cancellationToken);
                if (adminFirst && key.Role != KeyRole.Admin && await AdminsAsync(connection, cancellationToken) == 0)
                {
                    throw new EngineException(
                        ErrorCode.Conflict,
                        "The first key must be an admin's: with keys and without an admin's, nobody could make another "
                            + "one here. Make one with \"role\": \"admin\" first."
                    );
                }
                await using var insert = new NpgsqlCommand(
                    $"""
                    INSERT INTO api_keys AS k (name, role, prefix, sha256, rate_per_minute, expires_at)
                    VALUES ($1, $2, $3, $4, $5, $6) RETURNING {Columns}
                    """,
                    connection
                );
                Add(insert, NpgsqlDbType.Text, key.Name);
                Add(insert, NpgsqlDbType.Text, key.Role.Name());
                Add(insert, NpgsqlDbType.Text, prefix);
                Add(insert, NpgsqlDbType.Bytea, sha256);
                Add(insert, NpgsqlDbType.Integer, key.RatePerMinute);
                Add(insert, NpgsqlDbType.TimestampTz, key.ExpiresAt?.UtcDateTime);
                var stored = (await SingleAsync(insert, cancellationToken))!;
                await FinishAsync(connection, AuditLog.KeyAdded(stored.Id), cancellationToken);
                return stored;
            },
            cancellationToken
        );
        return new MadeApiKey(made, text);
    }

    public Task<ApiKey?> RevokeAsync(string idOrPrefix, bool keepAdmin, CancellationToken cancellationToken) =>
        idOrPrefix.Contains('\0', StringComparison.Ordinal)
            ? Task.FromResult<ApiKey?>(null)
            : database.WriteAsync(
                async connection =>
                {
                    await CountChangeAsync(connection, cancellationToken);
                    await using var find = new NpgsqlCommand(
                        $"SELECT {Columns} FROM api_keys k WHERE k.id::text = $1 OR k.prefix = $1",
                        connection
                    );
                    Add(find, NpgsqlDbType.Text, idOrPrefix);
                    var key = await SingleAsync(find, cancellationToken);
                    if (key is null or { RevokedAt: not null })
                    {
                        return key;
                    }
                    await using var revoke = new NpgsqlCommand(
                        $"UPDATE api_keys k SET revoked_at = clock_timestamp() WHERE id = $1 RETURNING {Columns}",
                        connection
                    );
                    Add(revoke, NpgsqlDbType.Integer, key.Id);
                    var revoked = await SingleAsync(revoke, cancellationToken);
                    if (keepAdmin && key.Role == KeyRole.Admin && await AdminsAsync(connection, cancellationToken) == 0)
                    {
                        throw new EngineException(
                            ErrorCode.Conflict,
                            "This is the last admin's key that holds: without it nobody could make another one here. Make "
                                + "one first, or revoke it with the service's command line."
                        );
                    }
                    await FinishAsync(connection, AuditLog.KeyRevoked(key.Id), cancellationToken);
                    return revoked;
                },
                cancellationToken
            );

    public Task RecordUsesAsync(
        IReadOnlyCollection<(int Id, DateTimeOffset At)> uses,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync(
            async connection =>
            {
                await using var update = new NpgsqlCommand(
                    """
                    UPDATE api_keys k SET last_used_at = u.at
                    FROM unnest($1, $2) AS u (id, at)
                    WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)
                    """,
                    connection
                )
                {
                    Parameters =
                    {
                        new() { Value = uses.Select(use => use.Id).ToArray() },
                        new() { Value = uses.Select(use => use.At.UtcDateTime).ToArray() },
                    },
                };
                return await update.ExecuteNonQueryAsync(cancellationToken);
            },
            cancellationToken
        );

    /// <summary>Counts the change first: its row's lock makes changes of keys follow one another.</summary>
    private static async Task CountChangeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var count = new NpgsqlCommand(
            "UPDATE registry_state SET key_changes = key_changes + 1",
            connection
        );
        await count.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task FinishAsync(
        NpgsqlConnection connection,
        NpgsqlBatchCommand audit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { audit, new NpgsqlBatchCommand("NOTIFY torch2jax_keys"), Database.Durably() },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<long> AdminsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var count = new NpgsqlCommand(LiveAdmins, connection);
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    private static void Check(NewApiKey key)
    {
        if (key.Name.Length is 0 or > 128 || key.Name.Any(char.IsControl))
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "A key's name has 1 to 128 characters, none of them a control character.",
                "name"
            );
        }
        if (key.RatePerMinute is < 1 or > 1_000_000)
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "A rate is a number of requests a minute, from 1 to 1,000,000.",
                "ratePerMinute"
            );
        }
        if (key.ExpiresAt <= DateTimeOffset.UtcNow)
        {
            throw new EngineException(ErrorCode.MalformedRequest, "A key must expire in the future.", "expiresAt");
        }
    }

    private static async Task<ApiKey?> SingleAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : null;
    }

    private Task<IReadOnlyList<T>> ReadAsync<T>(
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken
    ) =>
        database.ReadAsync<IReadOnlyList<T>>(
            async connection =>
            {
                await using var command = new NpgsqlCommand(sql, connection);
                return await command.ReadAllAsync(read, cancellationToken);
            },
            cancellationToken
        );

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object? value) =>
        command.Parameters.Add(new() { NpgsqlDbType = type, Value = value ?? DBNull.Value });

    private static ApiKey Read(NpgsqlDataReader row)
    {
        return new ApiKey(
            row.GetInt32(0),
            row.GetString(1),
            KeyRoles.Parse(row.GetString(2))!.Value,
            row.GetString(3),
            row.IsDBNull(4) ? null : row.GetInt32(4),
            row.GetFieldValue<DateTimeOffset>(5),
            Time(6),
            Time(7),
            Time(8)
        );

        DateTimeOffset? Time(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
    }
}

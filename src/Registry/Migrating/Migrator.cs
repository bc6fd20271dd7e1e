using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Torch2Jax.Registry.Migrating;

/// <summary>
/// Brings a schema to the program's structure and back: each step once, in order, in a transaction of its own that holds
/// an advisory lock, so that any number of processes may start at once and a killed one leaves nothing half-made.
/// </summary>
internal sealed class Migrator(
    NpgsqlDataSource source,
    SchemaName schema,
    ILogger logger,
    IReadOnlyList<Migration> migrations
)
{
    private const int StepTimeout = 300;

    /// <summary>Applies what is missing.</summary>
    /// <returns>How many steps were applied.</returns>
    public async Task<int> UpAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        // Looked at first without lock or DDL: a role that may only read and write can use a finished schema.
        if (await IsPreparedAsync(connection, cancellationToken))
        {
            if (Check(await AppliedAsync(connection, cancellationToken)) == migrations.Count)
            {
                return 0;
            }
        }
        var steps = 0;
        while (await StepAsync(connection, UpAsync, cancellationToken))
        {
            steps++;
        }
        return steps;

        async Task<bool> UpAsync(int applied)
        {
            if (applied == migrations.Count)
            {
                return false;
            }
            var next = migrations[applied];
            await ExecuteAsync(connection, next.Up, cancellationToken);
            await using var record = new NpgsqlCommand(
                "INSERT INTO migrations (version, name, sha256) VALUES ($1, $2, $3)",
                connection
            )
            {
                Parameters =
                {
                    new() { Value = next.Version },
                    new() { Value = next.Name },
                    new() { Value = next.Sha256 },
                },
            };
            await record.ExecuteNonQueryAsync(cancellationToken);
            Log.MigrationApplied(logger, next.Version, next.Name, schema.ToString());
            return true;
        }
    }

    /// <summary>Undoes all steps above <paramref name="target"/>, the newest first.</summary>
    public async Task DownAsync(int target, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        while (await StepAsync(connection, DownAsync, cancellationToken)) { }

        async Task<bool> DownAsync(int applied)
        {
            if (applied <= target)
            {
                return false;
            }
            await ExecuteAsync(connection, migrations[applied - 1].Down, cancellationToken);
            await using var record = new NpgsqlCommand("DELETE FROM migrations WHERE version = $1", connection)
            {
                Parameters = { new() { Value = applied } },
            };
            await record.ExecuteNonQueryAsync(cancellationToken);
            return true;
        }
    }

    /// <summary>One transaction under the lock; <paramref name="step"/> gets how many steps are applied.</summary>
    private async Task<bool> StepAsync(
        NpgsqlConnection connection,
        Func<int, Task<bool>> step,
        CancellationToken cancellationToken
    )
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var take = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection))
        {
            take.CommandTimeout = StepTimeout;
            take.Parameters.Add(new() { Value = LockKey() });
            await take.ExecuteNonQueryAsync(cancellationToken);
        }
        if (!await IsPreparedAsync(connection, cancellationToken))
        {
            await PrepareAsync(connection, cancellationToken);
        }
        var more = await step(Check(await AppliedAsync(connection, cancellationToken)));
        await transaction.CommitAsync(cancellationToken);
        return more;
    }

    /// <summary>
    /// Asks the catalogue itself: to_regclass may answer from what this session knew before it waited for the lock.
    /// </summary>
    private async Task<bool> IsPreparedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'migrations')",
            connection
        )
        {
            Parameters = { new() { Value = schema.ToString() } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // CREATE SCHEMA IF NOT EXISTS needs the right to create one even where it exists.
        await using var exists = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)",
            connection
        )
        {
            Parameters = { new() { Value = schema.ToString() } },
        };
        if (!(bool)(await exists.ExecuteScalarAsync(cancellationToken))!)
        {
            await ExecuteAsync(connection, $"CREATE SCHEMA {schema.Quoted}", cancellationToken);
        }
        await ExecuteAsync(
            connection,
            """
            CREATE TABLE migrations (
                version integer PRIMARY KEY CHECK (version >= 1),
                name text NOT NULL,
                sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """,
            cancellationToken
        );
    }

    private static async Task<List<(int Version, string Name, string Sha256)>> AppliedAsync(
        NpgsqlConnection connection,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            "SELECT version, name, sha256 FROM migrations ORDER BY version",
            connection
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var applied = new List<(int, string, string)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add((reader.GetInt32(0), reader.GetString(1), reader.GetString(2)));
        }
        return applied;
    }

    /// <summary>How many steps are applied, or an error where they are not this program's.</summary>
    private int Check(List<(int Version, string Name, string Sha256)> applied)
    {
        for (var index = 0; index < applied.Count; index++)
        {
            var (version, name, sha256) = applied[index];
            if (index >= migrations.Count)
            {
                throw new RegistrySetupException(
                    $"The database's schema '{schema}' is newer than this program: it has migration {version} ({name}), "
                        + $"and this program knows {migrations.Count}. Use a newer program, or another schema."
                );
            }
            if (version != index + 1 || sha256 != migrations[index].Sha256)
            {
                throw new RegistrySetupException(
                    $"Migration {version} ({name}) of the database's schema '{schema}' is not the one of this program: "
                        + "the schema was made by a different build. Use that build, or another schema."
                );
            }
        }
        return applied.Count;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = StepTimeout };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private long LockKey() =>
        BinaryPrimitives.ReadInt64LittleEndian(
            SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("torch2jax migrations of " + schema))
        );
}

using Npgsql;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Registry.Auditing;
using Torch2Jax.Registry.Batches;

namespace Torch2Jax.Registry.Storage;

/// <summary>Saves and deletes functions. Reads are in <see cref="FunctionQueries"/>.</summary>
internal sealed class FunctionStore(Database database)
{
    private const int MaxArchive = 512 << 20;

    /// <summary>Bytes of an archive that even a slow server stores in a second.</summary>
    private const int SlowestStore = 4 << 20;

    public async Task<SavedVersion> SaveAsync(
        string name,
        FunctionContent content,
        FunctionDetails details,
        CancellationToken cancellationToken
    )
    {
        Check(name, content);
        var sha256 = Hash(content);
        return await database.WriteAsync(
            connection => SaveAsync(connection, name, sha256, content, details, cancellationToken),
            cancellationToken
        );
    }

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) =>
        FunctionName.IsLegal(name)
            ? database.WriteAsync(connection => DeleteAsync(connection, name, cancellationToken), cancellationToken)
            : Task.FromResult(false);

    private static async Task<SavedVersion> SaveAsync(
        NpgsqlConnection connection,
        string name,
        string sha256,
        FunctionContent content,
        FunctionDetails details,
        CancellationToken cancellationToken
    )
    {
        var (version, same) = await LockAsync(connection, name, sha256, details.Isolation, cancellationToken);
        if (same is not null)
        {
            return new SavedVersion(same, Created: false);
        }
        await using var insert = new NpgsqlCommand(
            """
            INSERT INTO function_versions (name, version, sha256, source, archive, entry, functional, example_args,
                example_kwargs, given_output_shapes, vmap_method, nondiff, signature, in_tree, shape_key, output_shapes,
                warnings, description, isolation, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
                clock_timestamp())
            RETURNING created_at
            """,
            connection
        )
        {
            CommandTimeout = DataSource.CommandTimeout + (content.Archive?.Length ?? 0) / SlowestStore,
        };
        FunctionRows.AddParameters(insert.Parameters, name, version, sha256, content, details);
        var createdAt = new DateTimeOffset((DateTime)(await insert.ExecuteScalarAsync(cancellationToken))!);
        var audit = AuditLog.Registered(name, version, sha256);
        await PointAtAsync(connection, name, version, audit, cancellationToken);
        return new SavedVersion(new FunctionVersion(name, version, sha256, content, details, createdAt), Created: true);
    }

    /// <summary>
    /// Locks the function's row, made where there is none, so that savers of one name follow one another. Each statement
    /// sees what was committed before it began: the third sees the version that the second waited for.
    /// </summary>
    private static async Task<(int NextVersion, FunctionVersion? Same)> LockAsync(
        NpgsqlConnection connection,
        string name,
        string sha256,
        FunctionIsolation isolation,
        CancellationToken cancellationToken
    )
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Command("INSERT INTO functions (name) VALUES ($1) ON CONFLICT DO NOTHING", name),
                Command("SELECT next_version FROM functions WHERE name = $1 FOR UPDATE", name),
                Command(
                    $"""
                    SELECT {FunctionRows.Columns}
                    FROM functions f JOIN function_versions v ON v.name = f.name AND v.version = f.latest_version
                    WHERE f.name = $1 AND v.sha256 = $2 AND v.isolation = $3
                    """,
                    name,
                    sha256,
                    FunctionRows.Name(isolation)
                ),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var version = reader.GetInt32(0);
        await reader.NextResultAsync(cancellationToken);
        var same = await FunctionRows.ReadAllAsync(reader, cancellationToken);
        return (version, same.SingleOrDefault());
    }

    private static async Task<bool> DeleteAsync(
        NpgsqlConnection connection,
        string name,
        CancellationToken cancellationToken
    )
    {
        await using (
            var exists = new NpgsqlCommand(
                "SELECT 1 FROM functions WHERE name = $1 AND latest_version IS NOT NULL FOR UPDATE",
                connection
            )
            {
                Parameters = { new() { Value = name } },
            }
        )
        {
            if (await exists.ExecuteScalarAsync(cancellationToken) is null)
            {
                return false;
            }
        }
        await using (
            var inUse = new NpgsqlCommand(BatchSql.InUse, connection) { Parameters = { new() { Value = name } } }
        )
        {
            if ((bool)(await inUse.ExecuteScalarAsync(cancellationToken))!)
            {
                throw new EngineException(
                    ErrorCode.Conflict,
                    $"A batch that is not finished uses {name}; wait for it, or cancel it."
                );
            }
        }
        await PointAtAsync(connection, name, version: null, AuditLog.Deleted(name), cancellationToken);
        await using var delete = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                // In the order in which the writer of cache entries locks them, so that neither waits for the other.
                Command("SELECT FROM function_versions WHERE name = $1 ORDER BY version FOR UPDATE", name),
                Command("DELETE FROM function_versions WHERE name = $1", name),
            },
        };
        await delete.ExecuteNonQueryAsync(cancellationToken);
        return true;
    }

    /// <summary>Names the latest version (none after a delete), counts the change, writes who made it and tells the other processes.</summary>
    private static async Task PointAtAsync(
        NpgsqlConnection connection,
        string name,
        int? version,
        NpgsqlBatchCommand audit,
        CancellationToken cancellationToken
    )
    {
        var update = new NpgsqlBatchCommand(
            """
            WITH counted AS (UPDATE registry_state SET changes = changes + 1 RETURNING changes)
            UPDATE functions
            SET latest_version = $2, next_version = coalesce($2 + 1, next_version),
                changed = (SELECT changes FROM counted)
            WHERE name = $1
            """
        );
        update.Parameters.Add(new() { Value = name });
        update.Parameters.Add(
            new()
            {
                NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer,
                Value = version is { } number ? number : DBNull.Value,
            }
        );
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                update,
                // One channel for all schemas (its name cannot be a parameter): those of others look once in vain.
                new NpgsqlBatchCommand("NOTIFY torch2jax_functions"),
                audit,
                Database.Durably(),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<string> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }
        return command;
    }

    private static void Check(string name, FunctionContent content)
    {
        if (!FunctionName.IsLegal(name))
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "A function's name has 1 to 128 letters, digits, '_', '.' or '-', and begins with a letter or '_'.",
                "name"
            );
        }
        if (content.Source is null == content.Archive is null)
        {
            throw new EngineException(ErrorCode.MalformedRequest, "A function has either a source or an archive.");
        }
        if (content.Archive is { Length: > MaxArchive })
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The archive is {content.Archive.Value.Length} bytes long; the registry stores at most {MaxArchive}."
            );
        }
    }

    private static string Hash(FunctionContent content)
    {
        try
        {
            return ContentHash.Of(content);
        }
        catch (System.Text.EncoderFallbackException exception)
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "The registry cannot store this text: U+0000 and lone surrogates are not allowed.",
                innerException: exception
            );
        }
    }
}

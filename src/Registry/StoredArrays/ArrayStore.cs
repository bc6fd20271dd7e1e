using Npgsql;
using NpgsqlTypes;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Auditing;
using Torch2Jax.Registry.Storage;
using Torch2Jax.Stored;

namespace Torch2Jax.Registry.StoredArrays;

/// <summary>
/// Saves and deletes stored arrays. Content is written first, without the lock under which names change and unused content
/// goes; so content that was there already may be gone by then, and the save begins anew.
/// </summary>
internal sealed class ArrayStore(Database database) : IArrayStore
{
    private readonly ArrayQueries _queries = new(database);

    /// <inheritdoc/>
    public event Action? Changed;

    /// <inheritdoc/>
    public async Task<SavedArray> SaveAsync(
        string name,
        ArrayContent content,
        ArrayCondition condition,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            try
            {
                return await database.WriteAsync(
                    connection => SaveAsync(connection, name, content, condition, cancellationToken),
                    cancellationToken
                );
            }
            catch (ContentGoneException)
            {
                // Its last name went while this one waited for its turn.
            }
        }
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, ArrayCondition condition, CancellationToken cancellationToken) =>
        FunctionName.IsLegal(name)
            ? database.WriteAsync(
                connection => DeleteAsync(connection, name, condition, cancellationToken),
                cancellationToken
            )
            : Task.FromResult(false);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredArray>> FindAsync(
        IReadOnlyCollection<string> names,
        CancellationToken cancellationToken
    ) => _queries.FindAsync(names, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ReadAsync(string sha256, ContentPiece take, CancellationToken cancellationToken) =>
        _queries.ReadAsync(sha256, take, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredArray>> ListAsync(
        string? prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    ) => _queries.ListAsync(prefix, after, limit, cancellationToken);

    /// <summary>Tells the engine; does not throw.</summary>
    public void Raise(Action<Exception> failed)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                handler();
            }
            catch (Exception exception)
            {
                failed(exception);
            }
        }
    }

    private static async Task<SavedArray> SaveAsync(
        NpgsqlConnection connection,
        string name,
        ArrayContent content,
        ArrayCondition condition,
        CancellationToken cancellationToken
    )
    {
        Check(name);
        // A condition that fails already need not wait for the content to be sent; under the lock it is asked again.
        var before = await ArrayQueries.FindAsync(connection, [name], cancellationToken);
        Require(condition, before.SingleOrDefault(), name);
        var written = await ContentWriter.WriteAsync(connection, content, cancellationToken);
        await LockAsync(connection, cancellationToken);
        var current = (await ArrayQueries.FindAsync(connection, [name], cancellationToken)).SingleOrDefault();
        Require(condition, current, name);
        if (!written && !await ContentWriter.ExistsAsync(connection, content.Sha256, cancellationToken))
        {
            throw new ContentGoneException();
        }
        if (current?.Sha256 == content.Sha256)
        {
            return new SavedArray(current, Created: false, Changed: false);
        }
        var createdAt = await PointAsync(connection, name, content.Sha256, cancellationToken);
        await FinishAsync(
            connection,
            AuditLog.OfArray("put", name, content.Sha256),
            current?.Sha256,
            cancellationToken
        );
        return new SavedArray(
            new StoredArray(name, content.Sha256, content.Layout, content.Bytes, createdAt),
            Created: current is null,
            Changed: true
        );
    }

    private static async Task<bool> DeleteAsync(
        NpgsqlConnection connection,
        string name,
        ArrayCondition condition,
        CancellationToken cancellationToken
    )
    {
        await LockAsync(connection, cancellationToken);
        var current = (await ArrayQueries.FindAsync(connection, [name], cancellationToken)).SingleOrDefault();
        Require(condition, current, name);
        if (current is null)
        {
            return false;
        }
        await using var delete = new NpgsqlCommand("DELETE FROM arrays WHERE name = $1", connection)
        {
            Parameters = { new() { Value = name } },
        };
        await delete.ExecuteNonQueryAsync(cancellationToken);
        await FinishAsync(connection, AuditLog.OfArray("delete", name), current.Sha256, cancellationToken);
        return true;
    }

    /// <summary>From here to the commit nobody else changes a name, or takes content away.</summary>
    private static async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT FROM array_state FOR UPDATE", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<DateTimeOffset> PointAsync(
        NpgsqlConnection connection,
        string name,
        string sha256,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO arrays (name, sha256) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET sha256 = $2, created_at = clock_timestamp()
            RETURNING created_at
            """,
            connection
        )
        {
            Parameters =
            {
                new() { Value = name },
                new() { Value = sha256 },
            },
        };
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellationToken))!);
    }

    /// <summary>Takes content that no name has any more away, counts the change, writes who made it and tells the others.</summary>
    private static async Task FinishAsync(
        NpgsqlConnection connection,
        NpgsqlBatchCommand audit,
        string? before,
        CancellationToken cancellationToken
    )
    {
        var sweep = new NpgsqlBatchCommand(
            """
            DELETE FROM array_contents c
            WHERE c.sha256 = $1 AND NOT EXISTS (SELECT FROM arrays a WHERE a.sha256 = c.sha256)
            """
        );
        sweep.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Text, Value = before ?? (object)DBNull.Value });
        await using var batch = new NpgsqlBatch(connection)
        {
            // Large contents have many chunks.
            Timeout = ContentWriter.Timeout(long.MaxValue),
            BatchCommands =
            {
                sweep,
                new NpgsqlBatchCommand("UPDATE array_state SET changes = changes + 1"),
                new NpgsqlBatchCommand("NOTIFY torch2jax_arrays"),
                audit,
                Database.Durably(),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void Require(ArrayCondition condition, StoredArray? current, string name)
    {
        if (!condition.Holds(current?.Sha256))
        {
            throw new EngineException(
                ErrorCode.PreconditionFailed,
                current is null
                    ? $"No array '{name}' is stored, but the request asks for one that is."
                    : $"The stored array '{name}' is sha256:{current.Sha256}, which the request rules out."
            );
        }
    }

    private static void Check(string name)
    {
        if (!FunctionName.IsLegal(name))
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "A stored array's name has 1 to 128 letters, digits, '_', '.' or '-', and begins with a letter or '_'.",
                "name"
            );
        }
    }
}

/// <summary>Content that needed not be written is there no more.</summary>
internal sealed class ContentGoneException : Exception;

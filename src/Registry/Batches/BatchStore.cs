using Npgsql;
using NpgsqlTypes;
using Torch2Jax.Batches;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Auditing;
using Torch2Jax.Registry.Storage;

namespace Torch2Jax.Registry.Batches;

/// <summary>Batches in PostgreSQL.</summary>
internal sealed class BatchStore(Database database) : IBatchStore
{
    // A chunk that ends its process each time is given up; one that only was there when others ended it is not.
    private const int MaxLost = 25;

    public async Task CreateAsync(
        BatchRecord batch,
        IReadOnlyList<PlannedChunk> chunks,
        CancellationToken cancellationToken
    ) =>
        await database.WriteAsync(
            async connection =>
            {
                await InsertAsync(connection, batch, chunks, cancellationToken);
                await AuditLog.WriteAsync(
                    connection,
                    AuditLog.OfBatch("make", batch.Id, batch.Function, batch.Version),
                    cancellationToken
                );
                return true;
            },
            cancellationToken
        );

    /// <summary>Stores a batch in a transaction that the caller has begun.</summary>
    public static async Task InsertAsync(
        NpgsqlConnection connection,
        BatchRecord batch,
        IReadOnlyList<PlannedChunk> chunks,
        CancellationToken cancellationToken
    )
    {
        await using var locked = Command(connection, BatchSql.LockFunction, batch.Function, batch.Version);
        if (await locked.ExecuteScalarAsync(cancellationToken) is null)
        {
            throw new EngineException(
                ErrorCode.VersionNotFound,
                $"There is no version {batch.Version} of {batch.Function} any more."
            );
        }

        await using var insert = Command(
            connection,
            BatchSql.Insert,
            batch.Id,
            batch.Name,
            batch.Function,
            batch.Version,
            batch.Manifest,
            batch.Folder,
            batch.Threads,
            batch.Seed,
            chunks.Count,
            // A {date} or {time} in its outputs' names was made from it.
            batch.CreatedAt.UtcDateTime,
            (object?)batch.Schedule ?? DBNull.Value,
            (object?)batch.ScheduledAt?.UtcDateTime ?? DBNull.Value
        );
        await insert.ExecuteNonQueryAsync(cancellationToken);
        await CopyAsync(connection, batch.Id, chunks, cancellationToken);
    }

    public async Task<BatchRecord?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        (await QueryAsync(BatchSql.Find, BatchRows.ReadBatch, cancellationToken, id)).SingleOrDefault();

    public Task<IReadOnlyList<BatchRecord>> ListAsync(
        int limit,
        IReadOnlyCollection<BatchState> states,
        CancellationToken cancellationToken
    ) => QueryAsync(BatchSql.List, BatchRows.ReadBatch, cancellationToken, limit, NamesOrAll(states));

    public async Task<ChunkCounts> CountAsync(Guid id, CancellationToken cancellationToken) =>
        (
            await QueryAsync(
                ChunkSql.Count,
                row => new ChunkCounts(
                    (int)row.GetInt64(0),
                    (int)row.GetInt64(1),
                    (int)row.GetInt64(2),
                    (int)row.GetInt64(3),
                    (int)row.GetInt64(4)
                ),
                cancellationToken,
                id
            )
        )[0];

    public Task<IReadOnlyList<ChunkRecord>> ChunksAsync(
        Guid id,
        IReadOnlyCollection<ChunkState> states,
        CancellationToken cancellationToken
    ) => QueryAsync(ChunkSql.List, BatchRows.ReadChunk, cancellationToken, id, NamesOrAll(states));

    public Task<bool> StartAsync(Guid id, bool again, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async connection =>
            {
                await using var command = Command(connection, BatchSql.Start, id, again);
                var answer = await command.ReadAllAsync(
                    row => (row.GetBoolean(0), row.GetBoolean(1)),
                    cancellationToken
                );
                if (answer is [(_, true)])
                {
                    await AuditLog.WriteAsync(connection, AuditLog.OfBatch("resume", id), cancellationToken);
                }

                return answer is [(true, _)];
            },
            cancellationToken
        );

    public Task<IReadOnlyList<ClaimedChunk>> ClaimAsync(
        Guid id,
        Guid owner,
        int limit,
        TimeSpan lease,
        CancellationToken cancellationToken
    ) => WriteAsync(ChunkSql.Claim, BatchRows.ReadClaimed, cancellationToken, id, owner, limit, lease, MaxLost);

    public async Task<BatchState> ExtendAsync(Guid id, Guid owner, TimeSpan lease, CancellationToken cancellationToken)
    {
        var states = await WriteAsync(ChunkSql.Extend, row => row.GetString(0), cancellationToken, id, owner, lease);
        return states.Count == 1 ? BatchRows.Parse<BatchState>(states[0]) : BatchState.Cancelled;
    }

    public async Task<IReadOnlySet<int>> CompleteAsync(
        Guid id,
        IReadOnlyList<FinishedChunk> chunks,
        CancellationToken cancellationToken
    ) =>
        (
            await WriteAsync(
                ChunkSql.Complete,
                row => row.GetInt32(0),
                cancellationToken,
                id,
                chunks.Select(chunk => chunk.Index).ToArray(),
                chunks.Select(chunk => chunk.Attempt).ToArray(),
                chunks.Select(chunk => chunk.InputHash.ToArray()).ToArray(),
                chunks.Select(chunk => chunk.OutputHash.ToArray()).ToArray(),
                chunks.Select(chunk => chunk.OutputBytes).ToArray()
            )
        ).ToHashSet();

    public Task FailAsync(Guid id, FailedChunk chunk, CancellationToken cancellationToken) =>
        ExecuteAsync(
            ChunkSql.Fail,
            cancellationToken,
            id,
            chunk.Index,
            chunk.Attempt,
            $"{chunk.Error.Code}",
            Storable(chunk.Error.Message),
            chunk.RetryAfter is { } pause ? pause : DBNull.Value
        );

    public Task ReleaseAsync(Guid id, Guid owner, int? index, CancellationToken cancellationToken) =>
        ExecuteAsync(ChunkSql.Release, cancellationToken, id, owner, index is { } one ? one : DBNull.Value);

    public Task ReplanAsync(Guid id, IReadOnlyList<PlannedChunk> chunks, CancellationToken cancellationToken) =>
        ExecuteAsync(
            ChunkSql.Replan,
            cancellationToken,
            id,
            chunks.Select(chunk => chunk.Index).ToArray(),
            chunks.Select(chunk => chunk.Files).ToArray()
        );

    public Task<bool> EndAsync(Guid id, BatchState state, ChunkError? error, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async connection =>
            {
                await using var command = Command(
                    connection,
                    BatchSql.End,
                    id,
                    BatchRows.Name(state),
                    error is null ? DBNull.Value : $"{error.Code}",
                    error is null ? DBNull.Value : Storable(error.Message)
                );
                var ended = await command.ExecuteNonQueryAsync(cancellationToken) == 1;
                if (ended && state == BatchState.Cancelled)
                {
                    await AuditLog.WriteAsync(connection, AuditLog.OfBatch("cancel", id), cancellationToken);
                }

                return ended;
            },
            cancellationToken
        );

    public Task<bool> DeleteAsync(Guid id, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async connection =>
            {
                await using var locked = Command(connection, BatchSql.LockForDelete, id);
                switch (await locked.ExecuteScalarAsync(cancellationToken))
                {
                    case null:
                        return false;
                    case true:
                        throw new EngineException(ErrorCode.Conflict, "The batch is running; cancel it first.");
                    default:
                        await using (var delete = Command(connection, BatchSql.Delete, id))
                        {
                            await delete.ExecuteNonQueryAsync(cancellationToken);
                        }

                        await AuditLog.WriteAsync(connection, AuditLog.OfBatch("delete", id), cancellationToken);

                        return true;
                }
            },
            cancellationToken
        );

    private static object NamesOrAll<T>(IReadOnlyCollection<T> states)
        where T : struct, Enum => states.Count == 0 ? DBNull.Value : states.Select(BatchRows.Name).ToArray();

    /// <summary>A function's message may hold what a text column cannot.</summary>
    internal static string Storable(string text) => text.Replace('\0', ' ');

    private static async Task CopyAsync(
        NpgsqlConnection connection,
        Guid batch,
        IReadOnlyList<PlannedChunk> chunks,
        CancellationToken cancellationToken
    )
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            "COPY batch_chunks (batch, index, first, count, files) FROM STDIN (FORMAT BINARY)",
            cancellationToken
        );
        foreach (var chunk in chunks)
        {
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(batch, NpgsqlDbType.Uuid, cancellationToken);
            await copy.WriteAsync(chunk.Index, NpgsqlDbType.Integer, cancellationToken);
            await copy.WriteAsync(chunk.Start, NpgsqlDbType.Bigint, cancellationToken);
            await copy.WriteAsync(chunk.Count, NpgsqlDbType.Integer, cancellationToken);
            await copy.WriteAsync(chunk.Files, NpgsqlDbType.Text, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    private Task<IReadOnlyList<T>> QueryAsync<T>(
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken,
        params object[] values
    ) =>
        database.ReadAsync(
            connection => ReadAsync(connection, sql, read, values, cancellationToken),
            cancellationToken
        );

    private Task<IReadOnlyList<T>> WriteAsync<T>(
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken,
        params object[] values
    ) =>
        database.WriteAsync(
            connection => ReadAsync(connection, sql, read, values, cancellationToken),
            cancellationToken
        );

    private Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object[] values) =>
        database.WriteAsync(
            async connection =>
            {
                await using var command = Command(connection, sql, values);
                return await command.ExecuteNonQueryAsync(cancellationToken);
            },
            cancellationToken
        );

    private static async Task<IReadOnlyList<T>> ReadAsync<T>(
        NpgsqlConnection connection,
        string sql,
        Func<NpgsqlDataReader, T> read,
        object[] values,
        CancellationToken cancellationToken
    )
    {
        await using var command = Command(connection, sql, values);
        return await command.ReadAllAsync(read, cancellationToken);
    }

    internal static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}

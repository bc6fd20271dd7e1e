namespace Torch2Jax.Registry.Batches;

/// <summary>The transitions of a batch.</summary>
internal static class BatchSql
{
    public const string Columns = """
        id, name, function_name, function_version, manifest, folder, threads, seed, chunks, state, error_code, error,
        created_at, finalized_at, schedule, scheduled_at
        """;

    /// <summary>$1 name, $2 version: the row's lock keeps the function from being deleted before the batch is stored.</summary>
    public const string LockFunction = """
        SELECT 1 FROM functions f JOIN function_versions v ON v.name = f.name
        WHERE f.name = $1 AND v.version = $2
        FOR KEY SHARE OF f
        """;

    public const string Insert = """
        INSERT INTO batches (id, name, function_name, function_version, manifest, folder, threads, seed, chunks,
            created_at, schedule, scheduled_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """;

    public const string Find = $"SELECT {Columns} FROM batches WHERE id = $1";

    /// <summary>$1 how many, $2 states (null: all).</summary>
    public const string List = $"""
        SELECT {Columns} FROM batches
        WHERE $2::text[] IS NULL OR state = ANY ($2)
        ORDER BY created_at DESC, id
        LIMIT $1
        """;

    /// <summary>
    /// $1 batch, $2 whether one that failed or was cancelled is begun again; what was discarded then gets another chance.
    /// Answers whether it runs, and whether it was begun again.
    /// </summary>
    public const string Start = """
        WITH before AS (
            SELECT state FROM batches WHERE id = $1 FOR UPDATE
        ), started AS (
            UPDATE batches b SET state = 'running', error_code = NULL, error = NULL, finalized_at = NULL
            FROM before
            WHERE b.id = $1 AND (before.state = 'available' OR $2 AND before.state IN ('failed', 'cancelled'))
            RETURNING b.id
        ), again AS (
            UPDATE batch_chunks c
            SET state = 'available', failures = 0, lost = 0, finalized_at = NULL, error_code = NULL, error = NULL
            FROM started
            WHERE c.batch = started.id AND c.state = 'discarded'
        )
        SELECT EXISTS (SELECT FROM started) OR before.state = 'running',
            EXISTS (SELECT FROM started) AND before.state <> 'available'
        FROM before
        """;

    /// <summary>$1 batch, $2 state, $3 code, $4 text.</summary>
    public const string End = """
        UPDATE batches SET state = $2, error_code = $3, error = $4, finalized_at = now()
        WHERE id = $1 AND (state = 'running' OR state = 'available' AND $2 = 'cancelled')
            AND ($2 <> 'completed' OR NOT EXISTS (
                SELECT FROM batch_chunks WHERE batch = $1 AND state IN ('available', 'running', 'retryable')))
        """;

    /// <summary>$1 batch: locked, and whether it runs.</summary>
    public const string LockForDelete = "SELECT state = 'running' FROM batches WHERE id = $1 FOR UPDATE";

    public const string Delete = "DELETE FROM batches WHERE id = $1";

    /// <summary>$1 function: whether a batch that is not finished uses it.</summary>
    public const string InUse = """
        SELECT EXISTS (SELECT FROM batches WHERE function_name = $1 AND state IN ('available', 'running'))
        """;
}

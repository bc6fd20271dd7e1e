namespace Torch2Jax.Registry.Batches;

/// <summary>The transitions of a chunk, each one statement that checks the attempt.</summary>
internal static class ChunkSql
{
    /// <summary>$1 batch, $2 owner, $3 how many, $4 lease, $5 how often a process may go away with a chunk.</summary>
    public const string Claim = """
        WITH due AS (
            SELECT index
            FROM batch_chunks
            WHERE batch = $1 AND state IN ('available', 'running', 'retryable')
                AND (state = 'available' OR state = 'retryable' AND retry_at <= now()
                    OR state = 'running' AND lease_until < now())
                AND EXISTS (SELECT FROM batches WHERE id = $1 AND state = 'running')
            ORDER BY index
            LIMIT $3
            FOR UPDATE SKIP LOCKED
        ), dropped AS (
            UPDATE batch_chunks c
            SET state = 'discarded', owner = NULL, lease_until = NULL, lost = lost + 1, finalized_at = now(),
                error_code = 'ExecutionFailed',
                error = 'The process that computed the chunk went away ' || lost + 1 || ' times.'
            FROM due
            WHERE c.batch = $1 AND c.index = due.index AND c.state = 'running' AND c.lost + 1 > $5
            RETURNING c.index
        )
        UPDATE batch_chunks c
        SET lost = lost + CASE state WHEN 'running' THEN 1 ELSE 0 END, state = 'running', attempt = attempt + 1,
            owner = $2, lease_until = now() + $4, retry_at = NULL
        FROM due
        WHERE c.batch = $1 AND c.index = due.index AND NOT (c.state = 'running' AND c.lost + 1 > $5)
        RETURNING c.index, c.first, c.count, c.files, c.attempt, c.failures
        """;

    /// <summary>$1 batch; $2 to $6 one entry a chunk: index, attempt, input's hash, output's hash, output's bytes.</summary>
    public const string Complete = """
        UPDATE batch_chunks c
        SET state = 'completed', owner = NULL, lease_until = NULL, finalized_at = now(), error_code = NULL, error = NULL,
            input_hash = done.input, output_hash = done.output, output_bytes = done.bytes
        FROM unnest($2::integer[], $3::integer[], $4::bytea[], $5::bytea[], $6::bigint[])
            AS done (index, attempt, input, output, bytes)
        WHERE c.batch = $1 AND c.index = done.index AND c.attempt = done.attempt AND c.state = 'running'
        RETURNING c.index
        """;

    /// <summary>$1 batch, $2 index, $3 attempt, $4 code, $5 text, $6 pause before it is tried again (null: it is not).</summary>
    public const string Fail = """
        UPDATE batch_chunks
        SET state = CASE WHEN $6::interval IS NULL THEN 'discarded' ELSE 'retryable' END,
            retry_at = now() + $6::interval,
            finalized_at = CASE WHEN $6::interval IS NULL THEN now() END,
            failures = failures + 1, owner = NULL, lease_until = NULL, error_code = $4, error = $5
        WHERE batch = $1 AND index = $2 AND attempt = $3 AND state = 'running'
        """;

    /// <summary>$1 batch, $2 owner, $3 lease.</summary>
    public const string Extend = """
        WITH extended AS (
            UPDATE batch_chunks SET lease_until = now() + $3
            WHERE batch = $1 AND owner = $2 AND state = 'running'
        )
        SELECT state FROM batches WHERE id = $1
        """;

    /// <summary>$1 batch, $2 owner, $3 index (null: all).</summary>
    public const string Release = """
        UPDATE batch_chunks SET state = 'available', owner = NULL, lease_until = NULL
        WHERE batch = $1 AND owner = $2 AND state = 'running' AND ($3::integer IS NULL OR index = $3)
        """;

    /// <summary>$1 batch; $2, $3 one entry a chunk: index, what its files look like now.</summary>
    public const string Replan = """
        UPDATE batch_chunks c
        SET state = 'available', files = now.files, owner = NULL, lease_until = NULL, retry_at = NULL,
            input_hash = NULL, output_hash = NULL, output_bytes = NULL, finalized_at = NULL, error_code = NULL, error = NULL
        FROM unnest($2::integer[], $3::text[]) AS now (index, files)
        WHERE c.batch = $1 AND c.index = now.index AND c.state <> 'running'
        """;

    public const string Count = """
        SELECT count(*) FILTER (WHERE state = 'available'), count(*) FILTER (WHERE state = 'running'),
            count(*) FILTER (WHERE state = 'completed'), count(*) FILTER (WHERE state = 'retryable'),
            count(*) FILTER (WHERE state = 'discarded')
        FROM batch_chunks WHERE batch = $1
        """;

    /// <summary>$1 batch, $2 states (null: all).</summary>
    public const string List = """
        SELECT index, first, count, files, state, attempt, error_code, error, input_hash
        FROM batch_chunks
        WHERE batch = $1 AND ($2::text[] IS NULL OR state = ANY ($2))
        ORDER BY index
        """;
}

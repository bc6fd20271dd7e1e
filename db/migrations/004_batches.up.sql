-- Batches and their chunks; docs/batches.md draws the states. Every transition of a chunk is one statement that checks the
-- attempt, and leases are compared with this server's clock alone.
CREATE TABLE batches (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    -- No foreign key: what a finished batch did outlives its function. Makers of batches lock the function's row.
    function_name text COLLATE "C" NOT NULL,
    function_version integer NOT NULL,
    manifest text NOT NULL,
    folder text NOT NULL,
    threads integer NOT NULL,
    seed bigint NOT NULL,
    chunks integer NOT NULL,
    state text NOT NULL DEFAULT 'available',
    error_code text,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finalized_at timestamptz,
    CONSTRAINT batches_state CHECK (state IN ('available', 'running', 'completed', 'failed', 'cancelled')),
    CONSTRAINT batches_finalized CHECK ((finalized_at IS NOT NULL) = (state IN ('completed', 'failed', 'cancelled'))),
    CONSTRAINT batches_error CHECK ((error_code IS NULL) = (error IS NULL)),
    CONSTRAINT batches_error_state CHECK (error IS NULL OR state = 'failed'),
    CONSTRAINT batches_threads CHECK (threads >= 1),
    CONSTRAINT batches_chunks CHECK (chunks >= 1),
    CONSTRAINT batches_manifest CHECK (octet_length(manifest) <= 1048576)
);
CREATE INDEX batches_latest ON batches (created_at DESC, id);
-- A function in use cannot be deleted.
CREATE INDEX batches_in_use ON batches (function_name) WHERE state IN ('available', 'running');

CREATE TABLE batch_chunks (
    batch uuid NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    index integer NOT NULL,
    first bigint NOT NULL,
    count integer NOT NULL,
    files text NOT NULL,
    state text NOT NULL DEFAULT 'available',
    -- Grows with each claim; only the latest attempt may complete or fail the chunk.
    attempt integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    -- How often a process went away with it.
    lost integer NOT NULL DEFAULT 0,
    owner uuid,
    lease_until timestamptz,
    retry_at timestamptz,
    input_hash bytea,
    output_hash bytea,
    output_bytes bigint,
    error_code text,
    error text,
    finalized_at timestamptz,
    PRIMARY KEY (batch, index),
    CONSTRAINT batch_chunks_index CHECK (index >= 0),
    CONSTRAINT batch_chunks_first CHECK (first >= 0 AND count >= 1),
    CONSTRAINT batch_chunks_state CHECK (state IN ('available', 'running', 'completed', 'retryable', 'discarded')),
    CONSTRAINT batch_chunks_attempt CHECK (attempt >= 0 AND failures >= 0 AND lost >= 0),
    CONSTRAINT batch_chunks_lease CHECK (num_nonnulls(owner, lease_until) = CASE state WHEN 'running' THEN 2 ELSE 0 END),
    CONSTRAINT batch_chunks_retry CHECK ((retry_at IS NOT NULL) = (state = 'retryable')),
    CONSTRAINT batch_chunks_completed
        CHECK (num_nonnulls(input_hash, output_hash, output_bytes) = CASE state WHEN 'completed' THEN 3 ELSE 0 END),
    CONSTRAINT batch_chunks_finalized CHECK ((finalized_at IS NOT NULL) = (state IN ('completed', 'discarded'))),
    CONSTRAINT batch_chunks_error CHECK ((error_code IS NULL) = (error IS NULL)),
    -- XXH3, 128 bits: they tell that a file changed, not who changed it.
    CONSTRAINT batch_chunks_hash
        CHECK (octet_length(input_hash) = 16 AND octet_length(output_hash) = 16 OR input_hash IS NULL)
);
-- What is left to do, in order; complete chunks leave it.
CREATE INDEX batch_chunks_open ON batch_chunks (batch, index) WHERE state IN ('available', 'running', 'retryable');

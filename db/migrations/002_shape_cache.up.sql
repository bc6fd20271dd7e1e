-- What calls found out about shapes. The key is hashed (SHA-256 of program, shape key and device, each with its length),
-- so that the index stays small however long the keys are.
CREATE TABLE shape_cache (
    name text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    key_hash bytea NOT NULL,
    program text NOT NULL,
    shape_key text NOT NULL,
    device text NOT NULL,
    in_tree text NOT NULL,
    output_shapes text NOT NULL,
    dynamic boolean NOT NULL,
    engine_version text NOT NULL,
    hits bigint NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (name, version, key_hash),
    FOREIGN KEY (name, version) REFERENCES function_versions (name, version) ON DELETE CASCADE,
    CONSTRAINT shape_cache_key_hash CHECK (octet_length(key_hash) = 32),
    CONSTRAINT shape_cache_device CHECK (octet_length(device) BETWEEN 1 AND 64),
    CONSTRAINT shape_cache_hits CHECK (hits >= 0)
);
-- The most used entries of a version are read in this order, without sorting all of them.
CREATE INDEX shape_cache_most_used ON shape_cache (name, version, hits DESC, last_used_at DESC);

-- The last batch that each writer (one a process) has written. A batch is stored together with its number here, so a
-- batch sent again because nobody knows whether its commit arrived is not counted twice.
CREATE TABLE write_batches (
    writer uuid PRIMARY KEY,
    batch bigint NOT NULL,
    written_at timestamptz NOT NULL,
    CONSTRAINT write_batches_batch CHECK (batch >= 0)
);

-- Functions and their immutable versions. Names are compared byte by byte, so that pages follow the ordinal order.

-- One row, counted up last in each change: holding its lock until the commit makes the numbers appear in commit order,
-- so that a reader who has seen n has seen everything up to n (a sequence could not promise that).
CREATE TABLE registry_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    changes bigint NOT NULL DEFAULT 0 CHECK (changes >= 0)
);
INSERT INTO registry_state DEFAULT VALUES;

-- A row outlives its function (latest_version is null then): version numbers are never used twice.
CREATE TABLE functions (
    name text COLLATE "C" PRIMARY KEY,
    latest_version integer,
    next_version integer NOT NULL DEFAULT 1,
    changed bigint NOT NULL DEFAULT 0,
    CONSTRAINT functions_name CHECK (name ~ '^[A-Za-z_][A-Za-z0-9_.-]{0,127}$'),
    CONSTRAINT functions_next_version CHECK (next_version >= 1),
    CONSTRAINT functions_latest_version CHECK (latest_version >= 1 AND latest_version < next_version)
);
CREATE INDEX functions_live ON functions (name) WHERE latest_version IS NOT NULL;
CREATE INDEX functions_changed ON functions (changed);

CREATE TABLE function_versions (
    name text COLLATE "C" NOT NULL REFERENCES functions (name),
    version integer NOT NULL,
    sha256 text NOT NULL,
    source text,
    archive bytea,
    entry text NOT NULL,
    functional boolean NOT NULL,
    -- Trees are canonical JSON in text, not jsonb: they are hashed and compared as they were written.
    example_args text,
    example_kwargs text,
    given_output_shapes text,
    vmap_method text NOT NULL,
    nondiff text,
    signature text NOT NULL,
    in_tree text,
    shape_key text,
    output_shapes text,
    warnings text[] NOT NULL,
    description text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (name, version),
    CONSTRAINT function_versions_version CHECK (version >= 1),
    CONSTRAINT function_versions_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT function_versions_source_or_archive CHECK (num_nonnulls(source, archive) = 1),
    CONSTRAINT function_versions_source CHECK (octet_length(source) <= 16777216),
    CONSTRAINT function_versions_archive CHECK (octet_length(archive) BETWEEN 1 AND 536870912),
    CONSTRAINT function_versions_functional CHECK (NOT functional OR archive IS NOT NULL),
    CONSTRAINT function_versions_entry CHECK (octet_length(entry) BETWEEN 1 AND 1024),
    CONSTRAINT function_versions_vmap_method
        CHECK (vmap_method IN ('sequential', 'expand_dims', 'broadcast_all', 'vectorized')),
    CONSTRAINT function_versions_warnings CHECK (array_position(warnings, NULL) IS NULL)
);
-- Archives are compressed already.
ALTER TABLE function_versions ALTER COLUMN archive SET STORAGE EXTERNAL;
ALTER TABLE functions ADD CONSTRAINT functions_latest
    FOREIGN KEY (name, latest_version) REFERENCES function_versions (name, version);

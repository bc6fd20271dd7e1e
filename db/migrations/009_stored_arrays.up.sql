-- Arrays that are stored once and named in calls: names, and content by its hash. Content is written before the lock below
-- is taken and deleted under it, by whoever takes its last name.

-- Counted up by each change of a name; holding its lock until the commit lets changes follow one another, and makes the
-- numbers appear in commit order. A row of its own, so that a large content that goes holds up no function.
CREATE TABLE array_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    changes bigint NOT NULL DEFAULT 0 CHECK (changes >= 0)
);
INSERT INTO array_state DEFAULT VALUES;

CREATE TABLE array_contents (
    sha256 text COLLATE "C" PRIMARY KEY,
    -- The tree of shapes as canonical JSON in text: it is part of what is hashed.
    layout text NOT NULL,
    bytes bigint NOT NULL,
    CONSTRAINT array_contents_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT array_contents_layout CHECK (octet_length(layout) <= 16777216),
    CONSTRAINT array_contents_bytes CHECK (bytes >= 0)
);

CREATE TABLE array_chunks (
    sha256 text COLLATE "C" NOT NULL REFERENCES array_contents (sha256) ON DELETE CASCADE,
    index integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (sha256, index),
    CONSTRAINT array_chunks_index CHECK (index >= 0),
    CONSTRAINT array_chunks_bytes CHECK (octet_length(bytes) BETWEEN 1 AND 16777216)
);
-- Floats do not compress, and trying takes longer than writing them.
ALTER TABLE array_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE arrays (
    name text COLLATE "C" PRIMARY KEY,
    sha256 text COLLATE "C" NOT NULL REFERENCES array_contents (sha256),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT arrays_name CHECK (name ~ '^[A-Za-z_][A-Za-z0-9_.-]{0,127}$')
);
CREATE INDEX arrays_sha256 ON arrays (sha256);

ALTER TABLE audit
    DROP CONSTRAINT audit_action,
    ADD CONSTRAINT audit_action CHECK (action IN (
        'register', 'delete', 'clear_cache', 'key_add', 'key_revoke',
        'batch_make', 'batch_cancel', 'batch_resume', 'batch_delete',
        'schedule_add', 'schedule_pause', 'schedule_resume', 'schedule_delete',
        'array_put', 'array_delete'
    )),
    DROP CONSTRAINT audit_subject,
    ADD CONSTRAINT audit_subject CHECK (
        CASE
            WHEN action IN ('key_add', 'key_revoke')
                THEN target_key_id IS NOT NULL AND num_nonnulls(function, version, sha256, subject) = 0
            WHEN action ~ '^(batch|schedule)_' THEN subject IS NOT NULL AND target_key_id IS NULL
            WHEN action ~ '^array_' THEN subject IS NOT NULL AND num_nonnulls(function, version, target_key_id) = 0
            ELSE function IS NOT NULL AND num_nonnulls(target_key_id, subject) = 0
        END
    ),
    DROP CONSTRAINT audit_content,
    ADD CONSTRAINT audit_content CHECK (
        CASE action
            WHEN 'register' THEN num_nonnulls(version, sha256) = 2
            WHEN 'array_put' THEN sha256 IS NOT NULL
            ELSE sha256 IS NULL AND (version IS NULL OR action ~ '^batch_')
        END
    );

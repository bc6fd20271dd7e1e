-- Who may call, and who changed what. A key is stored as its hash alone: 32 random bytes need no slow hash.

ALTER TABLE registry_state ADD COLUMN key_changes bigint NOT NULL DEFAULT 0
    CONSTRAINT registry_state_key_changes CHECK (key_changes >= 0);

-- Rows are never deleted, only revoked: the audit names them.
CREATE TABLE api_keys (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    role text NOT NULL,
    -- The beginning of the key's text, which is no secret: people find a key by it.
    prefix text COLLATE "C" NOT NULL UNIQUE,
    sha256 bytea NOT NULL UNIQUE,
    rate_per_minute integer,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    CONSTRAINT api_keys_name CHECK (char_length(name) BETWEEN 1 AND 128),
    CONSTRAINT api_keys_role CHECK (role IN ('reader', 'invoker', 'author', 'admin')),
    CONSTRAINT api_keys_prefix CHECK (prefix ~ '^t2j_[a-z0-9]{8}$'),
    CONSTRAINT api_keys_sha256 CHECK (octet_length(sha256) = 32),
    CONSTRAINT api_keys_rate_per_minute CHECK (rate_per_minute BETWEEN 1 AND 1000000),
    CONSTRAINT api_keys_expires_at CHECK (expires_at > created_at),
    CONSTRAINT api_keys_revoked_at CHECK (revoked_at >= created_at)
);
CREATE INDEX api_keys_live ON api_keys (id) WHERE revoked_at IS NULL;

-- A row is written in the transaction of the change that it tells of.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- key: a caller with a key; anonymous: one of a service without keys; command: its command line; program: the library.
    actor text NOT NULL,
    key_id integer REFERENCES api_keys (id),
    key_name text,
    action text NOT NULL,
    function text COLLATE "C",
    version integer,
    sha256 text,
    target_key_id integer REFERENCES api_keys (id),
    trace_id text,
    CONSTRAINT audit_actor CHECK (actor IN ('key', 'anonymous', 'command', 'program')),
    CONSTRAINT audit_key CHECK ((actor = 'key') = (key_id IS NOT NULL) AND (key_id IS NULL) = (key_name IS NULL)),
    CONSTRAINT audit_action CHECK (action IN ('register', 'delete', 'clear_cache', 'key_add', 'key_revoke')),
    CONSTRAINT audit_subject CHECK (
        CASE WHEN action IN ('key_add', 'key_revoke')
            THEN target_key_id IS NOT NULL AND num_nonnulls(function, version, sha256) = 0
            ELSE target_key_id IS NULL AND function IS NOT NULL
        END
    ),
    CONSTRAINT audit_content CHECK ((action = 'register') = (num_nonnulls(version, sha256) = 2)),
    CONSTRAINT audit_trace_id CHECK (trace_id ~ '^[0-9a-f]{32}$')
);

DELETE FROM audit WHERE action ~ '^array_';
ALTER TABLE audit
    DROP CONSTRAINT audit_action,
    ADD CONSTRAINT audit_action CHECK (action IN (
        'register', 'delete', 'clear_cache', 'key_add', 'key_revoke',
        'batch_make', 'batch_cancel', 'batch_resume', 'batch_delete',
        'schedule_add', 'schedule_pause', 'schedule_resume', 'schedule_delete'
    )),
    DROP CONSTRAINT audit_subject,
    ADD CONSTRAINT audit_subject CHECK (
        CASE
            WHEN action IN ('key_add', 'key_revoke')
                THEN target_key_id IS NOT NULL AND num_nonnulls(function, version, sha256, subject) = 0
            WHEN action ~ '^(batch|schedule)_' THEN subject IS NOT NULL AND target_key_id IS NULL
            ELSE function IS NOT NULL AND num_nonnulls(target_key_id, subject) = 0
        END
    ),
    DROP CONSTRAINT audit_content,
    ADD CONSTRAINT audit_content CHECK (
        CASE action
            WHEN 'register' THEN num_nonnulls(version, sha256) = 2
            ELSE sha256 IS NULL AND (version IS NULL OR action ~ '^batch_')
        END
    );
DROP TABLE arrays;
DROP TABLE array_chunks;
DROP TABLE array_contents;
DROP TABLE array_state;

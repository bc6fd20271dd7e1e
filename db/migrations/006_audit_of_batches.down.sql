DROP INDEX audit_at;
DELETE FROM audit WHERE action ~ '^(batch|schedule)_';
ALTER TABLE audit
    DROP CONSTRAINT audit_action,
    DROP CONSTRAINT audit_subject,
    DROP CONSTRAINT audit_content,
    DROP COLUMN subject,
    ADD CONSTRAINT audit_action CHECK (action IN ('register', 'delete', 'clear_cache', 'key_add', 'key_revoke')),
    ADD CONSTRAINT audit_subject CHECK (
        CASE WHEN action IN ('key_add', 'key_revoke')
            THEN target_key_id IS NOT NULL AND num_nonnulls(function, version, sha256) = 0
            ELSE target_key_id IS NULL AND function IS NOT NULL
        END
    ),
    ADD CONSTRAINT audit_content CHECK ((action = 'register') = (num_nonnulls(version, sha256) = 2));

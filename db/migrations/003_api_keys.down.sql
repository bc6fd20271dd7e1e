DROP TABLE audit;
DROP TABLE api_keys;
ALTER TABLE registry_state DROP COLUMN key_changes;

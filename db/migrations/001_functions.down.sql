ALTER TABLE functions DROP CONSTRAINT functions_latest;
DROP TABLE function_versions;
DROP TABLE functions;
DROP TABLE registry_state;

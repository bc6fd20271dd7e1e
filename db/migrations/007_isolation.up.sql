-- Where a function runs: in the process that calls it, or in a worker process. What was there before says nothing, and
-- runs as it did.
ALTER TABLE function_versions
    ADD COLUMN isolation text NOT NULL DEFAULT 'none',
    ADD CONSTRAINT function_versions_isolation CHECK (isolation IN ('none', 'process'));

-- The most bytes of tensors that a call of these shapes held at once: by it later calls are let in. 0 where no call has said.
ALTER TABLE shape_cache
    ADD COLUMN peak_bytes bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT shape_cache_peak_bytes CHECK (peak_bytes >= 0);

ALTER TABLE shape_cache DROP COLUMN peak_bytes;

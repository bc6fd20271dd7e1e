DROP TABLE write_batches;
DROP TABLE shape_cache;

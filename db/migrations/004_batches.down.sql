DROP TABLE batch_chunks;
DROP TABLE batches;

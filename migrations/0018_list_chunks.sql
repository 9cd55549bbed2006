-- Find the chunk of a CRL that holds a revision, and the chunks that wait for a CRL to name them. Most
-- chunks that no CRL names any more are stale, so the second index is short.
CREATE INDEX crl_chunks_named ON crl_chunks (authority_id, crl_partition, last_revision)
  WHERE superseded_at_ms IS NULL;
CREATE INDEX crl_chunks_spare ON crl_chunks (authority_id, crl_partition, last_revision)
  WHERE superseded_at_ms IS NOT NULL AND stale = 0;
DROP INDEX crl_chunks_of_list;

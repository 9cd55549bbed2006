-- A certificate's partition of its authority's revocation lists; NULL: it is in the complete list alone.
ALTER TABLE certificates ADD COLUMN crl_partition INTEGER;
-- The certificate's, copied when it is revoked.
ALTER TABLE revocations ADD COLUMN crl_partition INTEGER;
-- Room in partitions that was given out, whether or not it is used.
ALTER TABLE authorities ADD COLUMN reserved_slots INTEGER NOT NULL DEFAULT 0;
-- Rises whenever an entry leaves the lists, so that a list built meanwhile is not kept.
ALTER TABLE authorities ADD COLUMN removals INTEGER NOT NULL DEFAULT 0;

CREATE INDEX revocations_by_revision ON revocations (authority_id, revision);
CREATE INDEX revocations_of_partition ON revocations (authority_id, crl_partition, revision)
  WHERE crl_partition IS NOT NULL;

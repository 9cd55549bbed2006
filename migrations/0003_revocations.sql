-- Revocations, and the CRLs built from them. A scope is an authority's complete CRL, or that of one of
-- its partitions. A revision is a value of authorities.revocation_revision.

CREATE TABLE revocations (
  authority_id TEXT NOT NULL,
  serial TEXT NOT NULL,
  revision INTEGER NOT NULL,          -- of the last change of the row
  revoked_at_s INTEGER NOT NULL,
  reason INTEGER NOT NULL,            -- CRLReason, RFC 5280 section 5.3.1; a CRL leaves out 0
  invalidity_date_s INTEGER,          -- RFC 5280 section 5.3.2
  not_after_s INTEGER NOT NULL,       -- of the certificate
  crl_partition INTEGER,              -- of the certificate
  held_by TEXT,                       -- the account that put the certificate on hold; NULL for other reasons
  retired_in_crl INTEGER,             -- the CRL number that listed it after its expiry; later CRLs leave it out (RFC 5280 section 3.3)
  PRIMARY KEY (authority_id, serial)
) STRICT, WITHOUT ROWID;

-- Finds expired entries that the CRLs still list.
CREATE INDEX revocations_listed ON revocations (authority_id, not_after_s) WHERE retired_in_crl IS NULL;

-- Cover all columns that CRLs need: a lookup per row would jump between random serial numbers.
CREATE INDEX revocations_by_revision ON revocations
  (authority_id, revision, serial, revoked_at_s, reason, invalidity_date_s, retired_in_crl);
CREATE INDEX revocations_of_partition ON revocations
  (authority_id, crl_partition, revision, serial, revoked_at_s, reason, invalidity_date_s, retired_in_crl)
  WHERE crl_partition IS NOT NULL;

-- Certificates released from a hold, for delta CRLs (removeFromCRL, RFC 5280 section 5.3.1).
CREATE TABLE released_holds (
  authority_id TEXT NOT NULL,
  serial TEXT NOT NULL,
  crl_partition INTEGER,
  revision INTEGER NOT NULL,          -- of the release
  released_at_s INTEGER NOT NULL,
  PRIMARY KEY (authority_id, serial)
) STRICT, WITHOUT ROWID;

CREATE INDEX released_holds_by_revision ON released_holds (authority_id, revision);
CREATE INDEX released_holds_of_partition ON released_holds (authority_id, crl_partition, revision)
  WHERE crl_partition IS NOT NULL;

-- The newest CRL and delta CRL of each scope. A CRL is its head, the entries of its chunks and its
-- trailer.
CREATE TABLE revocation_lists (
  authority_id TEXT NOT NULL,
  crl_partition INTEGER NOT NULL,     -- -1 for the complete CRL
  number INTEGER NOT NULL,            -- the last CRL number used, by a CRL or a delta CRL
  crl_number INTEGER,                 -- of the CRL; NULL before the first one, and after an import raised the number
  revision INTEGER,                   -- the revision that the CRL has reached
  this_update_s INTEGER,
  next_update_s INTEGER,
  entries INTEGER,                    -- how many certificates it lists
  byte_length INTEGER,                -- of the whole CRL in DER
  head TEXT,                          -- base64 of the bytes before the first entry
  trailer TEXT,                       -- base64 of the bytes after the last entry, with the signature
  chunks TEXT NOT NULL DEFAULT '[]',  -- JSON array of ids in crl_chunks, in order
  base_number INTEGER,                -- of the CRL that delta CRLs refer to
  base_revision INTEGER,
  base_next_update_s INTEGER,
  delta_number INTEGER,
  delta_revision INTEGER,
  delta_this_update_s INTEGER,
  delta_next_update_s INTEGER,
  delta TEXT,                         -- base64 of the delta CRL in DER
  retired_at_ms INTEGER,              -- when the job last retired expired entries; complete CRL only
  PRIMARY KEY (authority_id, crl_partition)
) STRICT;

CREATE INDEX revocation_lists_to_renew ON revocation_lists (authority_id, next_update_s)
  WHERE next_update_s IS NOT NULL;

-- Encoded entries. A chunk holds all entries of its scope with a revision in its range.
CREATE TABLE crl_chunks (
  id TEXT PRIMARY KEY,
  authority_id TEXT NOT NULL,
  crl_partition INTEGER NOT NULL,     -- -1 for the complete CRL
  first_revision INTEGER NOT NULL,
  last_revision INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  bytes INTEGER NOT NULL,             -- of the entries in DER
  body TEXT NOT NULL,                 -- base64 of the entries in DER
  stale INTEGER NOT NULL DEFAULT 0,   -- 1 once an entry has left the range, so that it is encoded again
  superseded_at_ms INTEGER            -- since when no CRL names the chunk; NULL while one does
) STRICT;

CREATE INDEX crl_chunks_of_list ON crl_chunks (authority_id, crl_partition, last_revision);
CREATE INDEX crl_chunks_superseded ON crl_chunks (superseded_at_ms) WHERE superseded_at_ms IS NOT NULL;

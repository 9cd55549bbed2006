-- The newest lists of each scope: an authority's complete one, and those of its partitions.
CREATE TABLE revocation_lists (
  authority_id TEXT NOT NULL,
  crl_partition INTEGER NOT NULL,           -- -1 for the complete list
  number INTEGER NOT NULL,                  -- last one used: full lists and deltas of a scope share them
  crl_number INTEGER,                       -- of the full list; NULL where none was built since numbers were raised
  revision INTEGER,                         -- the authority's revocation_revision that the list holds
  this_update_s INTEGER,
  next_update_s INTEGER,
  entries INTEGER,
  byte_length INTEGER,                      -- of the whole DER: head, chunks, trailer
  head TEXT,                                -- base64 of what stands before the first entry
  trailer TEXT,                             -- base64 of what stands behind the last one, signature included
  chunks TEXT NOT NULL DEFAULT '[]',        -- JSON array of ids in crl_chunks, in their order
  base_number INTEGER,                      -- the full list that deltas refer to
  base_revision INTEGER,
  base_next_update_s INTEGER,
  delta_number INTEGER,
  delta_revision INTEGER,
  delta_this_update_s INTEGER,
  delta_next_update_s INTEGER,
  delta TEXT,                               -- base64 of DER
  retired_at_ms INTEGER,                    -- when expired entries were last taken out (complete list alone)
  PRIMARY KEY (authority_id, crl_partition)
) STRICT;

CREATE INDEX revocation_lists_to_renew ON revocation_lists (authority_id, next_update_s)
  WHERE next_update_s IS NOT NULL;

-- Encoded entries: every one that a scope lists and whose revision lies in the range of the chunk.
CREATE TABLE crl_chunks (
  id TEXT PRIMARY KEY,
  authority_id TEXT NOT NULL,
  crl_partition INTEGER NOT NULL,
  first_revision INTEGER NOT NULL,
  last_revision INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  bytes INTEGER NOT NULL,                   -- of the entries in DER
  body TEXT NOT NULL,                       -- the entries in base64
  stale INTEGER NOT NULL DEFAULT 0,         -- 1 once an entry has left the range: to be encoded anew
  superseded_at_ms INTEGER                  -- since when no list names it; NULL while one does
) STRICT;

CREATE INDEX crl_chunks_of_list ON crl_chunks (authority_id, crl_partition, last_revision);
CREATE INDEX crl_chunks_superseded ON crl_chunks (superseded_at_ms) WHERE superseded_at_ms IS NOT NULL;

CREATE INDEX released_holds_of_partition ON released_holds (authority_id, crl_partition, revision)
  WHERE crl_partition IS NOT NULL;

-- Numbers go on rising from where they are.
INSERT INTO revocation_lists (authority_id, crl_partition, number)
SELECT authority_id, -1, number FROM crls;

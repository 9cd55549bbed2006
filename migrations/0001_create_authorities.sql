-- One row for each certificate authority; the first is 'default'. Ids never change.
CREATE TABLE authorities (
  id TEXT PRIMARY KEY,
  certificate TEXT NOT NULL,                        -- base64 of DER
  certificate_sha256 TEXT NOT NULL,                 -- lower-case hex
  chain TEXT NOT NULL DEFAULT '[]',                 -- JSON array of base64 DER, issuer first, root last
  key_source TEXT NOT NULL,                         -- 'secret:CA_KEY': where the private key comes from
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
  revocation_revision INTEGER NOT NULL DEFAULT 0,   -- rises by one with each revocation
  purged_revision INTEGER NOT NULL DEFAULT 0,       -- what the edge was last told to forget, for the retrying job
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX authorities_to_purge ON authorities (id) WHERE purged_revision < revocation_revision;

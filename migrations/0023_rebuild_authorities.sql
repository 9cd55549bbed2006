-- One row for each key generation of a certificate authority. Ids stand in URLs and never change.
CREATE TABLE authorities_with_generations (
  id TEXT PRIMARY KEY,
  lineage TEXT NOT NULL,                            -- id of the first generation: what users call the authority
  current INTEGER NOT NULL CHECK (current IN (0, 1)), -- 1 for the generation that signs certificates
  name TEXT NOT NULL,
  account_id TEXT NOT NULL,
  parent_id TEXT,                                   -- the generation that issued the certificate; NULL for roots and for issuers elsewhere
  certificate TEXT,                                 -- base64 of DER; NULL while pending
  certificate_sha256 TEXT,                          -- lower-case hex
  serial TEXT,                                      -- of the certificate
  chain TEXT NOT NULL DEFAULT '[]',                 -- JSON array of base64 DER, issuer first, root last
  request TEXT,                                     -- base64 of the PKCS#10 DER that waits for its certificate
  public_key_id TEXT,                               -- hex, see src/x509/public-key.ts
  key_source TEXT NOT NULL,                         -- 'secret:CA_KEY', 'secret:CA_KEY_…' or 'sealed'
  private_key TEXT,                                 -- PKCS#8 sealed under the record id 'authority:{id}'
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'revoked', 'pending')),
  revocation_revision INTEGER NOT NULL DEFAULT 0,   -- rises by one with each revocation
  purged_revision INTEGER NOT NULL DEFAULT 0,       -- what the edge was last told to forget, for the retrying job
  created_at_ms INTEGER NOT NULL,
  certified_at_ms INTEGER NOT NULL                  -- when the certificate was last replaced
) STRICT;

INSERT INTO authorities_with_generations
  (id, lineage, current, name, account_id, certificate, certificate_sha256, chain, key_source, state,
   revocation_revision, purged_revision, created_at_ms, certified_at_ms)
SELECT id, id, 1, id, 'root', certificate, certificate_sha256, chain, key_source, state,
  revocation_revision, purged_revision, created_at_ms, created_at_ms
FROM authorities;

DROP TABLE authorities;
ALTER TABLE authorities_with_generations RENAME TO authorities;

CREATE UNIQUE INDEX authorities_current ON authorities (lineage) WHERE current = 1;
CREATE INDEX authorities_of_lineage ON authorities (lineage, created_at_ms);
CREATE INDEX authorities_below ON authorities (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX authorities_by_key ON authorities (public_key_id) WHERE public_key_id IS NOT NULL;
CREATE INDEX authorities_certified ON authorities (id) WHERE certificate IS NOT NULL;
CREATE INDEX authorities_to_purge ON authorities (id) WHERE purged_revision < revocation_revision;

-- What still lies under an old sealing key: the number behind the 'v' that sealed texts begin with.
CREATE INDEX authorities_by_sealing_version ON authorities (
  CAST(substr(private_key, 2, instr(private_key, '.') - 2) AS INTEGER), id)
  WHERE private_key IS NOT NULL;

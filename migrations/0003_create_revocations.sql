CREATE TABLE revocations (
  authority_id TEXT NOT NULL,
  serial TEXT NOT NULL,
  revision INTEGER NOT NULL,        -- the authority's revocation_revision that this revocation made
  revoked_at_s INTEGER NOT NULL,
  reason INTEGER NOT NULL,          -- CRLReason, RFC 5280 section 5.3.1; 0 is never written into a CRL
  invalidity_date_s INTEGER,
  not_after_s INTEGER NOT NULL,     -- of the certificate
  retired_in_crl INTEGER,           -- the CRL that listed it after expiry; later ones leave it out (RFC 5280 section 3.3)
  PRIMARY KEY (authority_id, serial)
) STRICT, WITHOUT ROWID;

CREATE INDEX revocations_listed ON revocations (authority_id, not_after_s) WHERE retired_in_crl IS NULL;

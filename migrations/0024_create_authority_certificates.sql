-- Certificates that authorities here issued for the keys of authorities here; each is in certificates too.
CREATE TABLE authority_certificates (
  authority_id TEXT NOT NULL,       -- whose key it is
  issuer_id TEXT NOT NULL,
  serial TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('sub-ca', 'cross')), -- 'cross': by another generation of the same authority
  PRIMARY KEY (authority_id, issuer_id, serial)
) STRICT, WITHOUT ROWID;

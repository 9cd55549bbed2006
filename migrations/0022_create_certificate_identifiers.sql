-- What the cas dialect calls a certificate.
CREATE TABLE certificate_identifiers (
  identifier TEXT PRIMARY KEY,      -- UUID
  authority_id TEXT NOT NULL,
  serial TEXT NOT NULL,
  UNIQUE (authority_id, serial)
) STRICT, WITHOUT ROWID;

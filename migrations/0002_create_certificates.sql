-- Every certificate that an authority issued, here or before it was imported.
CREATE TABLE certificates (
  serial TEXT NOT NULL,             -- lower-case hex, no leading zeros
  authority_id TEXT NOT NULL,
  subject TEXT NOT NULL,            -- RFC 4514 text, for people
  public_key_id TEXT,               -- hex, see src/x509/public-key.ts; NULL where only the index entry was imported
  certificate TEXT,                 -- base64 of DER; NULL where only the index entry was imported
  profile TEXT NOT NULL,
  origin TEXT NOT NULL,             -- 'api', 'openssl-ca', 'import': the door it came through
  account_id TEXT NOT NULL,
  not_before_s INTEGER NOT NULL,
  not_after_s INTEGER NOT NULL,
  issued_at_ms INTEGER NOT NULL,
  PRIMARY KEY (serial, authority_id)
) STRICT;

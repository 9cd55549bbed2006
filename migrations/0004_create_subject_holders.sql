-- OpenSSL's unique_subject: which certificate holds a subject name (openssl-ca dialect only).
CREATE TABLE subject_holders (
  authority_id TEXT NOT NULL,
  subject TEXT NOT NULL,            -- base64 of the Name's DER
  serial TEXT NOT NULL,
  not_after_s INTEGER NOT NULL,
  PRIMARY KEY (authority_id, subject)
) STRICT, WITHOUT ROWID;

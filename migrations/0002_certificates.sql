-- Certificates issued here or imported, and what issuing checks: subject names and blocked keys.

CREATE TABLE certificates (
  serial TEXT NOT NULL,
  authority_id TEXT NOT NULL,         -- the issuer
  subject TEXT NOT NULL,              -- RFC 4514 text, to be read by people
  public_key_id TEXT,                 -- hex, see src/x509/keys/public-key.ts; NULL if only an index entry was imported
  certificate TEXT,                   -- base64 of DER; NULL if only an index entry was imported, and some time after expiry
  profile TEXT NOT NULL,
  origin TEXT NOT NULL,               -- the API that issued it: 'api', 'openssl-ca' or 'cas'; or 'import'
  account_id TEXT NOT NULL,
  not_before_s INTEGER NOT NULL,
  not_after_s INTEGER NOT NULL,
  issued_at_ms INTEGER NOT NULL,
  crl_partition INTEGER,              -- the partition of its authority's CRLs; NULL: the complete CRL alone lists it
  PRIMARY KEY (serial, authority_id)
) STRICT;

-- Find the unexpired certificates of a key or an account, to revoke them together.
CREATE INDEX certificates_by_key ON certificates (public_key_id, not_after_s)
  WHERE public_key_id IS NOT NULL;
CREATE INDEX certificates_by_account ON certificates (account_id, not_after_s);

-- Finds bodies to delete once their retention time has passed.
CREATE INDEX certificates_with_body ON certificates (not_after_s) WHERE certificate IS NOT NULL;

-- The certificates that the CAS API lists, newest first: of all accounts, and of one.
CREATE INDEX certificates_of_cas ON certificates (issued_at_ms)
  WHERE origin = 'cas' AND profile <> 'external-sub-ca';
CREATE INDEX certificates_of_cas_by_account ON certificates (account_id, issued_at_ms)
  WHERE origin = 'cas' AND profile <> 'external-sub-ca';

-- How many certificates the CAS API lists for each account. The account '' has the total of all.
CREATE TABLE cas_certificate_counts (
  account_id TEXT PRIMARY KEY,
  total INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO cas_certificate_counts (account_id, total) VALUES ('', 0);

-- How many leaf certificates the CAS API has issued from each key generation.
CREATE TABLE cas_issuer_counts (
  authority_id TEXT PRIMARY KEY,
  total INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The identifiers of certificates in the CAS API.
CREATE TABLE certificate_identifiers (
  identifier TEXT PRIMARY KEY,        -- UUID
  authority_id TEXT NOT NULL,
  serial TEXT NOT NULL,
  UNIQUE (authority_id, serial)
) STRICT, WITHOUT ROWID;

-- The names that clients of the CAS API give their certificates.
CREATE TABLE custom_identifiers (
  account_id TEXT NOT NULL,
  custom_identifier TEXT NOT NULL,
  authority_id TEXT NOT NULL,         -- with serial: the certificate
  serial TEXT NOT NULL,
  PRIMARY KEY (account_id, custom_identifier),
  UNIQUE (authority_id, serial)
) STRICT, WITHOUT ROWID;

-- The certificate that holds a subject name, for the rule unique_subject of OpenSSL.
CREATE TABLE subject_holders (
  authority_id TEXT NOT NULL,
  subject TEXT NOT NULL,              -- the Name in canonical form, see findSubjectKey
  serial TEXT NOT NULL,
  not_after_s INTEGER NOT NULL,       -- of the certificate: an expired one holds no subject
  PRIMARY KEY (authority_id, subject)
) STRICT, WITHOUT ROWID;

-- Finds rows to delete.
CREATE INDEX subject_holders_by_expiry ON subject_holders (not_after_s);

-- Public keys revoked for keyCompromise: no API issues a certificate for them again.
CREATE TABLE blocked_keys (
  public_key_id TEXT PRIMARY KEY,
  authority_id TEXT NOT NULL,         -- with serial: the certificate that was revoked
  serial TEXT NOT NULL,
  blocked_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The names that clients of the CAS API give their certificates.
CREATE TABLE custom_identifiers (
  account_id TEXT NOT NULL,
  custom_identifier TEXT NOT NULL,
  authority_id TEXT NOT NULL,         -- with serial: the certificate
  serial TEXT NOT NULL,
  PRIMARY KEY (account_id, custom_identifier),
  UNIQUE (authority_id, serial)
) STRICT, WITHOUT ROWID;

-- How many leaf certificates the CAS API has issued from each key generation.
CREATE TABLE cas_issuer_counts (
  authority_id TEXT PRIMARY KEY,
  total INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO cas_issuer_counts (authority_id, total)
SELECT authority_id, COUNT(*) FROM certificates
WHERE origin = 'cas' AND profile <> 'external-sub-ca' GROUP BY authority_id;

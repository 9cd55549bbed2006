-- Each is a slot for one CA that others run with a key of their own.
CREATE TABLE external_ca_instances (
  id TEXT PRIMARY KEY,              -- 'cas_deposit-cn-' and 12 of a-z0-9
  account_id TEXT NOT NULL,
  authority_id TEXT NOT NULL,       -- the authority that issues the certificate
  state TEXT NOT NULL CHECK (state IN ('BUY', 'USED', 'REFUND')),  -- REVOKE shows in revocations
  max_validity_days INTEGER NOT NULL,
  max_path_length INTEGER NOT NULL,
  issuer_id TEXT,                   -- with serial: the certificate, once the instance is used
  serial TEXT,
  created_at_ms INTEGER NOT NULL,
  used_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX external_ca_instances_of_account ON external_ca_instances (account_id, id);

-- Issuance policies: what the certificates of an access key, an account or an authority may be.

CREATE TABLE policies (
  id TEXT PRIMARY KEY,                -- 'pol-' and 12 of a-z0-9
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  rules TEXT NOT NULL,                -- JSON, sealed under policyRecordId so that no other program can widen them
  revision INTEGER NOT NULL,          -- rises with each change
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX policies_of_account ON policies (account_id, id);

-- Finds rules sealed under an old sealing key. The first expression is the version.
CREATE INDEX policies_by_sealing_version ON policies (
  CAST(substr(rules, 2, instr(rules, '.') - 2) AS INTEGER), id);

-- The certificates that count for the limits of policies. An expired one is deleted, and so is one that
-- is revoked for good.
CREATE TABLE policy_certificates (
  policy_id TEXT NOT NULL,
  authority_id TEXT NOT NULL,
  serial TEXT NOT NULL,
  not_after_s INTEGER NOT NULL,
  PRIMARY KEY (policy_id, authority_id, serial)
) STRICT, WITHOUT ROWID;

-- Finds rows to delete.
CREATE INDEX policy_certificates_by_expiry ON policy_certificates (not_after_s);

ALTER TABLE access_keys ADD COLUMN policy_id TEXT; -- bounds what the key has issued; NULL: no policy
ALTER TABLE accounts ADD COLUMN policy_id TEXT;    -- bounds all keys of the account
ALTER TABLE authorities ADD COLUMN policy_id TEXT; -- bounds what the authority signs; in the first generation's row
ALTER TABLE authorities ADD COLUMN acme TEXT;      -- JSON object of settings, in the first generation's row; NULL for the defaults
ALTER TABLE authorities ADD COLUMN acme_seal TEXT; -- sealed under acmeSettingsRecordId; NULL without settings

-- Finds seals made under an old sealing key. The first expression is the version.
CREATE INDEX authorities_by_acme_sealing_version ON authorities (
  CAST(substr(acme_seal, 2, instr(acme_seal, '.') - 2) AS INTEGER), id)
  WHERE acme_seal IS NOT NULL;

-- Tell whether a policy is referred to.
CREATE INDEX access_keys_of_policy ON access_keys (policy_id) WHERE policy_id IS NOT NULL;
CREATE INDEX accounts_of_policy ON accounts (policy_id) WHERE policy_id IS NOT NULL;
CREATE INDEX authorities_of_policy ON authorities (policy_id) WHERE policy_id IS NOT NULL;

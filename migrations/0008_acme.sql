-- ACME (RFC 8555): keys for external account binding, accounts, orders and authorizations.

-- Keys for external account binding (RFC 8555 section 7.3.4). An ACME account that is bound with one
-- works for the account that owns it, within its policy.
CREATE TABLE acme_eab_keys (
  id TEXT PRIMARY KEY,                -- 'eab-' and 20 of A-Za-z0-9
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  policy_id TEXT NOT NULL,
  mac_key TEXT NOT NULL,              -- sealed together with what gives the key power, see eabKeyRecordId
  single_use INTEGER NOT NULL CHECK (single_use IN (0, 1)), -- 1: one account may be bound with it
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  expires_at_s INTEGER,               -- NULL: never
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX acme_eab_keys_of_account ON acme_eab_keys (account_id, id);
CREATE INDEX acme_eab_keys_of_policy ON acme_eab_keys (policy_id);

-- Finds MAC keys sealed under an old sealing key. The first expression is the version.
CREATE INDEX acme_eab_keys_by_sealing_version ON acme_eab_keys (
  CAST(substr(mac_key, 2, instr(mac_key, '.') - 2) AS INTEGER), id);

CREATE TABLE acme_accounts (
  id TEXT PRIMARY KEY,                -- 'acme-' and 20 of A-Za-z0-9: the actor of audit events
  lineage TEXT NOT NULL,              -- the authority of its directory
  account_id TEXT NOT NULL,           -- the account that owns its certificates
  eab_key_id TEXT,                    -- NULL without external account binding
  policy_id TEXT,                     -- of the key for external account binding
  key_thumbprint TEXT NOT NULL,       -- RFC 7638 with SHA-256, base64url
  public_key TEXT NOT NULL,           -- SubjectPublicKeyInfo, sealed together with what gives the account power, see acmeAccountRecordId; '' once it is deactivated
  status TEXT NOT NULL CHECK (status IN ('valid', 'deactivated')),
  contacts TEXT NOT NULL,             -- JSON array of mailto URLs
  terms_agreed_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A key has one account at each authority, and cannot come back after its deactivation.
CREATE UNIQUE INDEX acme_accounts_by_key ON acme_accounts (lineage, key_thumbprint);
CREATE INDEX acme_accounts_of_account ON acme_accounts (account_id, id);
CREATE INDEX acme_accounts_bound ON acme_accounts (eab_key_id, id) WHERE eab_key_id IS NOT NULL;
-- Counts the new accounts of a key for external account binding.
CREATE INDEX acme_accounts_of_eab_key ON acme_accounts (eab_key_id, created_at_ms)
  WHERE eab_key_id IS NOT NULL;

-- Finds keys sealed under an old sealing key. The first expression is the version.
CREATE INDEX acme_accounts_by_sealing_version ON acme_accounts (
  CAST(substr(public_key, 2, instr(public_key, '.') - 2) AS INTEGER), id)
  WHERE public_key <> '';

CREATE TABLE acme_orders (
  id TEXT PRIMARY KEY,                -- 20 of A-Za-z0-9
  acme_account_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'valid', 'invalid')), -- see deriveOrderStatus for 'ready'
  identifiers TEXT NOT NULL,          -- JSON array of {type, value}
  profile TEXT NOT NULL,
  names_profile INTEGER NOT NULL CHECK (names_profile IN (0, 1)), -- 1 if the client chose the profile
  not_before_s INTEGER,               -- as the client asked; NULL if it did not
  not_after_s INTEGER,
  replaces TEXT,                      -- the id of the certificate that this one replaces (RFC 9773 section 4.1)
  csr TEXT,                           -- base64 of DER, if finalize could not sign at once
  processing_until_s INTEGER,         -- when the job may take over; NULL if not processing
  error TEXT,                         -- JSON: code and message; NULL if there is none
  authority_id TEXT,                  -- with serial: the certificate
  serial TEXT,
  created_at_s INTEGER NOT NULL,
  expires_at_s INTEGER NOT NULL,
  delete_after_s INTEGER NOT NULL     -- the expiry of the order, or some time after that of its certificate
) STRICT, WITHOUT ROWID;

CREATE INDEX acme_orders_of_account ON acme_orders (acme_account_id, created_at_s, id);
-- Counts the open orders of an account.
CREATE INDEX acme_orders_open ON acme_orders (acme_account_id, expires_at_s)
  WHERE status IN ('pending', 'processing');
CREATE INDEX acme_orders_processing ON acme_orders (processing_until_s)
  WHERE processing_until_s IS NOT NULL;
CREATE UNIQUE INDEX acme_orders_by_certificate ON acme_orders (authority_id, serial)
  WHERE serial IS NOT NULL;
CREATE INDEX acme_orders_by_replaced ON acme_orders (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX acme_orders_to_delete ON acme_orders (delete_after_s);

-- One authorization for each identifier of an order, with its challenges.
CREATE TABLE acme_authorizations (
  id TEXT PRIMARY KEY,                -- 20 of A-Za-z0-9
  order_id TEXT NOT NULL,
  acme_account_id TEXT NOT NULL,
  identifier_type TEXT NOT NULL CHECK (identifier_type IN ('dns', 'ip')),
  identifier TEXT NOT NULL,           -- without '*.'
  wildcard INTEGER NOT NULL CHECK (wildcard IN (0, 1)),
  status TEXT NOT NULL CHECK (status IN ('pending', 'valid', 'invalid', 'deactivated')),
  pre_authorized INTEGER NOT NULL CHECK (pre_authorized IN (0, 1)), -- 1 if the policy permits the identifier without a proof
  token TEXT NOT NULL,                -- of all its challenges
  challenge_type TEXT,                -- the challenge that the client chose; NULL before
  attempts INTEGER NOT NULL DEFAULT 0, -- how many validations have begun
  attempt_until_s INTEGER,            -- when the job may repeat the validation that runs; NULL if none runs
  validated_at_s INTEGER,
  proof TEXT,                         -- base64 of a MAC, see AuthorizationProofs; NULL unless it was validated
  failed_at_s INTEGER,
  error TEXT,                         -- JSON: code and message of the failed validation
  expires_at_s INTEGER NOT NULL,
  delete_after_s INTEGER NOT NULL     -- the expiry of the authorization, or of the order's certificate
) STRICT, WITHOUT ROWID;

CREATE INDEX acme_authorizations_of_order ON acme_authorizations (order_id);
-- Finds what an account is authorized for, and counts its failed validations.
CREATE INDEX acme_authorizations_of_account ON acme_authorizations
  (acme_account_id, identifier, wildcard, status);
CREATE INDEX acme_authorizations_failed ON acme_authorizations
  (acme_account_id, identifier, failed_at_s) WHERE failed_at_s IS NOT NULL;
CREATE INDEX acme_authorizations_running ON acme_authorizations (attempt_until_s)
  WHERE attempt_until_s IS NOT NULL;
CREATE INDEX acme_authorizations_to_delete ON acme_authorizations (delete_after_s);

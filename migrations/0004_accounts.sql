-- Accounts, their access keys, and what protects their requests from being executed twice.

-- An account owns certificates and access keys. The account root always exists and administers all
-- others.
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,                -- 'root', or 'acct-' and 12 of a-z0-9
  name TEXT NOT NULL,
  inventory_quota INTEGER,            -- how many certificates its inventory may hold; NULL for the default
  authority_quota INTEGER,            -- how many authorities it may own; NULL for the default
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO accounts (id, name, inventory_quota, created_at_ms) VALUES ('root', 'root', NULL, 0);

CREATE TABLE access_keys (
  id TEXT PRIMARY KEY,                -- 'ak-' and 20 of A-Za-z0-9
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  secret TEXT NOT NULL,               -- sealed together with what gives the key power, see secretRecordId
  scopes TEXT NOT NULL,               -- JSON array of 'service:Action', 'service:*' and '*'
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  expires_at_s INTEGER,               -- NULL: never
  created_at_ms INTEGER NOT NULL,
  last_used_at_s INTEGER              -- updated at most once an hour
) STRICT, WITHOUT ROWID;

CREATE INDEX access_keys_of_account ON access_keys (account_id, id);

-- Finds secrets sealed under an old sealing key. The first expression is the version.
CREATE INDEX access_keys_by_sealing_version ON access_keys (
  CAST(substr(secret, 2, instr(secret, '.') - 2) AS INTEGER), id);

-- Nonces of signed calls. An access key may not use a nonce twice within 31 minutes.
CREATE TABLE nonces (
  access_key_id TEXT NOT NULL,
  nonce TEXT NOT NULL,
  request_id TEXT NOT NULL,           -- the only request that may use the nonce
  used_at_s INTEGER NOT NULL,
  PRIMARY KEY (access_key_id, nonce)
) STRICT;

CREATE INDEX nonces_by_age ON nonces (used_at_s);

-- Answers to requests with an idempotency key, for 24 hours. A repeated request gets the answer and is
-- not executed again.
CREATE TABLE idempotency_keys (
  account_id TEXT NOT NULL,
  key TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,          -- hex, over access key, method, path and body
  status INTEGER NOT NULL,            -- HTTP status; 0 before the request has been answered
  answer TEXT NOT NULL,               -- sealed under 'idempotency-key:{account_id}:{body_sha256}:{key}'; '' before the answer
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, key)
) STRICT;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at_ms);

-- Finds answers sealed under an old sealing key. The first expression is the version.
CREATE INDEX idempotency_keys_by_sealing_version ON idempotency_keys (
  CAST(substr(answer, 2, instr(answer, '.') - 2) AS INTEGER), account_id || ' ' || key)
  WHERE answer <> '';

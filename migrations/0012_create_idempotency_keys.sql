-- What creations answered, so that one that is sent again is not done again. Kept 24 hours.
CREATE TABLE idempotency_keys (
  account_id TEXT NOT NULL,
  key TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,        -- hex, over access key, method, path and body
  status INTEGER NOT NULL,          -- of the answer; 0 while there is none
  answer TEXT NOT NULL,             -- sealed; empty while there is none
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, key)
) STRICT;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at_ms);

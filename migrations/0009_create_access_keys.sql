CREATE TABLE access_keys (
  id TEXT PRIMARY KEY,              -- 'ak-' and 20 of A-Za-z0-9
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  secret TEXT NOT NULL,             -- sealed under the record id 'access-key:{id}'
  scopes TEXT NOT NULL,             -- JSON array: 'service:Action', 'service:*', '*'
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  expires_at_s INTEGER,
  created_at_ms INTEGER NOT NULL,
  last_used_at_s INTEGER            -- written hourly at most
) STRICT, WITHOUT ROWID;

CREATE INDEX access_keys_of_account ON access_keys (account_id, id);

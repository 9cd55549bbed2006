-- Sessions of browsers: an access key's id and secret are exchanged for a cookie.

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,                -- 'ses-' and 20 of A-Za-z0-9
  token_sha256 TEXT NOT NULL UNIQUE,  -- hex, of the random token in the cookie
  access_key_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  mac TEXT NOT NULL,                  -- base64, see sessionMessage: only this service can make a session
  remote_address TEXT,                -- where it was begun
  created_at_s INTEGER NOT NULL,
  last_used_at_s INTEGER NOT NULL,    -- up to a minute late
  expires_at_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Lists the sessions of an account.
CREATE INDEX sessions_of_account ON sessions (account_id, id);
-- Finds rows to delete.
CREATE INDEX sessions_by_expiry ON sessions (expires_at_s);

-- Failed attempts to sign in, in windows of five minutes: of an address, and for an access key.
CREATE TABLE sign_in_failures (
  subject TEXT NOT NULL,              -- 'address:' or 'key:' and its value
  window INTEGER NOT NULL,            -- Unix seconds divided by 300
  failures INTEGER NOT NULL,
  PRIMARY KEY (subject, window)
) STRICT, WITHOUT ROWID;

-- Finds rows to delete.
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (window);

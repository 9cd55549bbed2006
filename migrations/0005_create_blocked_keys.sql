-- Public keys revoked for keyCompromise: refused for ever, by every door.
CREATE TABLE blocked_keys (
  public_key_id TEXT PRIMARY KEY,
  authority_id TEXT NOT NULL,
  serial TEXT NOT NULL,
  blocked_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

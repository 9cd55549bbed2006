-- Who owns certificates and access keys. 'root' administers all others and is always there.
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,              -- 'root' or 'acct-' and 12 of a-z0-9
  name TEXT NOT NULL,
  inventory_quota INTEGER,          -- certificates that may lie in the inventory; NULL for the default
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO accounts (id, name, inventory_quota, created_at_ms) VALUES ('root', 'root', NULL, 0);

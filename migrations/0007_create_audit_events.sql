-- Append only. position rises with the commits; the sealer fills in hash afterwards.
CREATE TABLE audit_events (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL,
  authority_id TEXT,
  target TEXT,
  detail TEXT NOT NULL DEFAULT '{}',
  request_id TEXT NOT NULL,
  remote_address TEXT,
  country TEXT,
  hash TEXT
) STRICT;

CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  position INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_head (id, position, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TABLE audit_checkpoints (
  position INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  authority_id TEXT NOT NULL,
  signed_at_ms INTEGER NOT NULL,
  signature TEXT NOT NULL           -- base64, by the authority's key
) STRICT;

-- The audit record: append-only events, chained by hashes, with signed checkpoints.

CREATE TABLE audit_events (
  position INTEGER PRIMARY KEY AUTOINCREMENT, -- rises in the order of the commits
  at_ms INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  actor TEXT NOT NULL,                -- an access key's id, or the name of a shared secret or job
  action TEXT NOT NULL,               -- see AuditAction in src/audit/event.ts
  outcome TEXT NOT NULL,              -- 'done' or 'refused'
  authority_id TEXT,
  target TEXT,                        -- the object of the action: a serial number or an id
  detail TEXT NOT NULL DEFAULT '{}',  -- JSON object
  request_id TEXT NOT NULL,
  remote_address TEXT,
  country TEXT,                       -- ISO 3166-1 alpha-2
  hash TEXT                           -- hex, over the event and the hash before it; NULL until the event is sealed
) STRICT;

-- The last sealed event, in a single row. The chain begins with a hash of zeros.
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  position INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_head (id, position, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- Signatures over the hash of a sealed event.
CREATE TABLE audit_checkpoints (
  position INTEGER PRIMARY KEY,       -- of the event
  hash TEXT NOT NULL,
  authority_id TEXT NOT NULL,         -- the authority whose key signed
  signed_at_ms INTEGER NOT NULL,
  signature TEXT NOT NULL             -- base64
) STRICT;

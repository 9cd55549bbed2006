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

-- Counts the refusals that an actor caused lately, so that only so many are recorded.
CREATE INDEX audit_events_refused ON audit_events (actor, at_ms) WHERE outcome = 'refused';

-- Signatures over the hash of the last sealed event. The newest checkpoint is the head of the chain.
CREATE TABLE audit_checkpoints (
  sequence INTEGER PRIMARY KEY,       -- 1, 2, 3 and so on
  position INTEGER NOT NULL,          -- of the last sealed event
  token TEXT NOT NULL                 -- what is signed, and the signature: see src/audit/checkpoint.ts
) STRICT;

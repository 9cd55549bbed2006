-- Webhooks: where events are sent to. The audit record is the log of the events: a webhook has a position
-- in it, so an event costs no row before it is sent.

CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,                -- 'hook-' and 20 of A-Za-z0-9
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  filters TEXT NOT NULL,              -- JSON object, see WebhookFilters
  secrets TEXT NOT NULL,              -- sealed, see src/webhooks/secrets.ts
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  position INTEGER NOT NULL,          -- the last event of the audit record that was sent once or filtered out
  due_at_ms INTEGER NOT NULL,         -- no run before it takes the webhook: it is leased, or its receiver fails
  retry_at_ms INTEGER,                -- when the next delivery is tried again
  lease TEXT,                         -- of the run that has it
  failing_since_ms INTEGER,           -- the first failure since the last success
  disabled_reason TEXT,               -- why it was disabled automatically
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX webhooks_of_account ON webhooks (account_id, id);
-- Finds the webhooks that a run may take, the longest waiting first.
CREATE INDEX webhooks_due ON webhooks (due_at_ms, id) WHERE enabled = 1;
-- Finds secrets sealed under an old sealing key. The first expression is the version.
CREATE INDEX webhooks_by_sealing_version ON webhooks (
  CAST(substr(secrets, 2, instr(secrets, '.') - 2) AS INTEGER), id);

-- What was sent: one row per event and webhook, however often it was tried.
CREATE TABLE webhook_deliveries (
  webhook_id TEXT NOT NULL,
  position INTEGER NOT NULL,          -- of the event in the audit record
  at_ms INTEGER NOT NULL,             -- of the event
  type TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('delivered', 'retrying', 'failed')),
  attempts INTEGER NOT NULL,
  status INTEGER,                     -- HTTP status of the last attempt; NULL if there was no answer
  error TEXT,                         -- why the last attempt failed
  first_at_ms INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL,
  next_at_ms INTEGER,                 -- NULL unless it is tried again
  PRIMARY KEY (webhook_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_deliveries_to_retry ON webhook_deliveries (webhook_id, next_at_ms, position)
  WHERE next_at_ms IS NOT NULL;
-- Finds rows to delete.
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (last_at_ms) WHERE next_at_ms IS NULL;

-- How far certificates have been announced that expire soon. They are announced in the order of their
-- expiry, so that one position per threshold is enough, and issuing writes nothing for it.
CREATE TABLE expiry_announcements (
  days INTEGER PRIMARY KEY,           -- the threshold
  not_after_s INTEGER NOT NULL,       -- with serial and authority_id: the last certificate that was announced
  serial TEXT NOT NULL,
  authority_id TEXT NOT NULL
) STRICT;

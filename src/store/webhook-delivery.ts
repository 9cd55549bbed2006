import { EVENT_ACTIONS } from '../webhooks/event-types.ts';
import type { DeliveryStore, RecordedEvent } from '../webhooks/store.ts';
import { prepareEvent } from './audit-event.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readInteger, readIntegerOrNull, readText, readTextOrNull } from './row.ts';
import { ROWS, sql, sqlForRows } from './sql.ts';
import {
  DELIVERY_COLUMNS,
  readDelivery,
  readSealedWebhook,
  WEBHOOK_COLUMNS,
} from './webhook-row.ts';

/** An access key may have been deleted since: the entry of its creation names its account for ever. */
const ACCOUNT_OF_KEY = `COALESCE(access_keys.account_id, (
      SELECT created.detail ->> 'account' FROM audit_events AS created
      WHERE created.target = audit_events.target AND created.action = 'access-key.create'
        AND created.outcome = 'done' LIMIT 1))` as const;

/** An entry of the record with its object, found by primary keys. */
const EVENT_COLUMNS = `audit_events.position AS event_position, audit_events.at_ms AS event_at_ms,
  audit_events.action, audit_events.detail, audit_events.actor,
  audit_events.account_id AS actor_account_id, audit_events.authority_id, audit_events.target,
  issuer.lineage,
  CASE
    WHEN certificates.serial IS NOT NULL THEN certificates.account_id
    WHEN audit_events.action LIKE 'authority.%' THEN issuer.account_id
    WHEN audit_events.action LIKE 'access-key.%' THEN ${ACCOUNT_OF_KEY}
    WHEN audit_events.action LIKE 'webhook.%' THEN named.account_id
    WHEN audit_events.action LIKE 'inventory.%' THEN inventory.account_id
  END AS owner_id,
  certificates.subject, certificates.profile, certificates.not_after_s, certificates.certificate` as const;

const OBJECTS = `LEFT JOIN authorities AS issuer ON issuer.id = audit_events.authority_id
LEFT JOIN certificates ON certificates.serial = audit_events.target
  AND certificates.authority_id = audit_events.authority_id
LEFT JOIN access_keys ON access_keys.id = audit_events.target
LEFT JOIN inventory ON inventory.id = audit_events.target
LEFT JOIN webhooks AS named ON named.id = audit_events.target` as const;

const ACTIONS = EVENT_ACTIONS.map((action) => `'${action}'`).join(', ');

/** Longer than any lease and any pause of a receiver that fails. */
const MAX_WAIT_MS = 2 * 3_600_000;

const NEWEST_POSITION = '(SELECT MAX(audit_events.position) FROM audit_events)' as const;

/** The webhooks that a run may take. One that is due much later was left so by a clock that was ahead. */
const DUE = `FROM webhooks AS due
  WHERE due.enabled = 1 AND due.due_at_ms NOT BETWEEN :nowMs + 1 AND :nowMs + ${MAX_WAIT_MS}
    AND (due.position < ${NEWEST_POSITION} OR due.retry_at_ms <= :nowMs)` as const;

export const WEBHOOK_DELIVERY_SQL = {
  hasWebhooks: sql('SELECT 1 AS found FROM webhooks WHERE enabled = 1 LIMIT 1'),
  take: sql(`UPDATE webhooks SET lease = :lease, due_at_ms = :untilMs
WHERE webhooks.id = (SELECT due.id ${DUE} ORDER BY due.due_at_ms, due.id LIMIT 1)
RETURNING ${WEBHOOK_COLUMNS}, webhooks.position, webhooks.retry_at_ms,
  COALESCE(${NEWEST_POSITION}, 0) AS newest_position,
  (SELECT json_group_array(failed.position) FROM (
    SELECT later.position FROM webhook_deliveries AS later
    WHERE later.webhook_id = webhooks.id AND later.next_at_ms IS NOT NULL
      AND later.last_at_ms >= webhooks.failing_since_ms LIMIT 2) AS failed) AS failed_positions,
  (SELECT COUNT(*) ${DUE} AND due.id <> webhooks.id) AS waiting`),
  readEvents: sql(`SELECT ${EVENT_COLUMNS} FROM audit_events
${OBJECTS}
WHERE audit_events.position > :afterPosition
  AND audit_events.position <= :throughPosition
  AND audit_events.outcome = 'done' AND audit_events.action IN (${ACTIONS})
ORDER BY audit_events.position`),
  readRetries: sql(`SELECT ${DELIVERY_COLUMNS}, ${EVENT_COLUMNS} FROM (
  SELECT * FROM webhook_deliveries AS due
  WHERE due.webhook_id = :id AND due.next_at_ms <= :nowMs
  ORDER BY due.next_at_ms, due.position LIMIT :retries) AS webhook_deliveries
LEFT JOIN audit_events ON audit_events.position = webhook_deliveries.position
${OBJECTS}`),
  writeDeliveries: sqlForRows(`INSERT INTO webhook_deliveries
  (webhook_id, position, at_ms, type, state, attempts, status, error, first_at_ms, last_at_ms,
   next_at_ms)
SELECT :webhookId, :position, :atMs, :type, :state, :attempts, :status, :error, :firstAtMs, :lastAtMs,
  :nextAtMs
FROM ${ROWS}
WHERE EXISTS (SELECT 1 FROM webhooks WHERE webhooks.id = :webhookId AND webhooks.lease = :lease)
ON CONFLICT (webhook_id, position) DO UPDATE SET at_ms = excluded.at_ms, type = excluded.type,
  state = excluded.state, attempts = excluded.attempts, status = excluded.status,
  error = excluded.error, first_at_ms = excluded.first_at_ms, last_at_ms = excluded.last_at_ms,
  next_at_ms = excluded.next_at_ms`),
  finish: sql(`UPDATE webhooks SET position = :position, due_at_ms = :dueAtMs, lease = NULL,
  failing_since_ms = :failingSinceMs, enabled = CASE WHEN :disabledReason IS NULL THEN enabled ELSE 0 END,
  disabled_reason = COALESCE(:disabledReason, disabled_reason),
  retry_at_ms = (
    SELECT MIN(later.next_at_ms) FROM webhook_deliveries AS later
    WHERE later.webhook_id = :id AND later.next_at_ms IS NOT NULL)
WHERE webhooks.id = :id AND webhooks.lease = :lease`),
  deleteOld: sql(`DELETE FROM webhook_deliveries
WHERE (webhook_id, position) IN (
  SELECT old.webhook_id, old.position FROM webhook_deliveries AS old
  WHERE old.last_at_ms < :beforeMs AND old.next_at_ms IS NULL
  ORDER BY old.last_at_ms LIMIT :limit)`),
} as const;

const SQL = WEBHOOK_DELIVERY_SQL;

export function createDeliveryStore(db: Database): DeliveryStore {
  return {
    async hasWebhooks() {
      const row = await readRecord(() => SQL.hasWebhooks.prepare(db, {}).first<Row>());
      return row !== null;
    },

    async takeDue(lease, nowMs, untilMs) {
      const take = SQL.take.prepare(db, { lease, nowMs, untilMs });
      const row = await writeRecord(() => take.first<Row>());
      return row === null
        ? null
        : {
            ...readSealedWebhook(row),
            position: readInteger(row, 'position'),
            newestPosition: readInteger(row, 'newest_position'),
            retryAtMs: readIntegerOrNull(row, 'retry_at_ms'),
            failedPositions: readPositions(row),
            waiting: readInteger(row, 'waiting'),
          };
    },

    async readPending(taken, nowMs, { retries, entries }) {
      const { webhook, position, newestPosition, retryAtMs } = taken;
      const readThrough = Math.max(position, Math.min(position + entries, newestPosition));
      const values = {
        ...{ id: webhook.id, nowMs, retries },
        ...{ afterPosition: position, throughPosition: readThrough },
      };
      const hasRetries = retryAtMs !== null && retryAtMs <= nowMs;
      const [events, due] = await readRecord(() =>
        db.batch<Row>([
          SQL.readEvents.prepare(db, values),
          ...(hasRetries ? [SQL.readRetries.prepare(db, values)] : []),
        ]),
      );
      return {
        readThrough,
        retries: (due?.results ?? [])
          .map((row) => ({
            delivery: readDelivery(row),
            event: row.event_position === null ? null : readEvent(row),
          }))
          .toSorted((a, b) => a.delivery.position - b.delivery.position),
        events: (events?.results ?? []).map(readEvent),
      };
    },

    async finishRun(id, lease, { position, deliveries, dueAtMs, failingSinceMs, disable }) {
      const rows = deliveries.map((delivery) => ({ webhookId: id, lease, ...delivery }));
      const finish = SQL.finish.prepare(db, {
        ...{ id, lease, position, dueAtMs, failingSinceMs },
        disabledReason: disable?.reason ?? null,
      });
      const write = rows.length === 0 ? [] : [SQL.writeDeliveries.prepare(db, rows)];
      const results = await writeRecord(() =>
        db.batch([
          ...write,
          finish,
          ...(disable === null ? [] : [prepareEvent(db, disable.audit)]),
        ]),
      );
      return wroteOne(results[write.length]);
    },

    async deleteDeliveries(beforeMs, limit) {
      const remove = SQL.deleteOld.prepare(db, { beforeMs, limit });
      return (await writeRecord(() => remove.run())).meta.changes;
    },
  };
}

function readPositions(row: Row): number[] {
  const positions: unknown = JSON.parse(readText(row, 'failed_positions'));
  if (!Array.isArray(positions)) throw new TypeError('column failed_positions is not an array');
  return positions.map(Number);
}

function readEvent(row: Row): RecordedEvent {
  const certificate = readTextOrNull(row, 'certificate');
  return {
    position: readInteger(row, 'event_position'),
    atMs: readInteger(row, 'event_at_ms'),
    action: readText(row, 'action'),
    detail: readText(row, 'detail'),
    actor: readText(row, 'actor'),
    accountId: readText(row, 'actor_account_id'),
    authorityId: readTextOrNull(row, 'authority_id'),
    lineageId: readTextOrNull(row, 'lineage'),
    target: readTextOrNull(row, 'target'),
    ownerId: readTextOrNull(row, 'owner_id'),
    certificate:
      row.subject === null
        ? null
        : {
            subject: readText(row, 'subject'),
            profile: readText(row, 'profile'),
            notAfterSeconds: readInteger(row, 'not_after_s'),
            certificateDer: certificate === null ? null : Uint8Array.fromBase64(certificate),
          },
  };
}

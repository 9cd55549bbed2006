import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { WebhookStore } from '../webhooks/store.ts';
import { eventValues, insertEventIfSql, prepareEvent } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import type { Database } from './database.ts';
import { GRANTED, grantValues, readGranted, writeGranted } from './grant.ts';
import { readInteger } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';
import {
  DELIVERY_COLUMNS,
  readDelivery,
  readSealedWebhook,
  readWebhook,
  WEBHOOK_COLUMNS,
} from './webhook-row.ts';

const VISIBLE = visibleSql('webhooks.account_id');

const FOUND = `FROM webhooks WHERE webhooks.id = :id AND ${VISIBLE}` as const;

export const WEBHOOK_SQL = {
  insert: sql(`INSERT INTO webhooks
  (id, account_id, name, url, filters, secrets, enabled, position, due_at_ms, created_at_ms)
SELECT :id, :accountId, :name, :url, :filters, :sealedSecrets, 1,
  COALESCE((SELECT MAX(audit_events.position) FROM audit_events), 0), :createdAtMs, :createdAtMs
WHERE ${GRANTED} AND ${visibleSql(':accountId')}
  AND (:accountId = '${ROOT_ACCOUNT_ID}'
    OR EXISTS (SELECT 1 FROM accounts WHERE accounts.id = :accountId))
  AND (SELECT COUNT(*) FROM webhooks AS own WHERE own.account_id = :accountId) < :quota`),
  countOfAccount: sql(`SELECT COUNT(*) AS total FROM webhooks AS own
WHERE own.account_id = :accountId AND ${visibleSql(':accountId')}`),
  find: sql(`SELECT ${WEBHOOK_COLUMNS} ${FOUND}`),
  list: sql(`SELECT ${WEBHOOK_COLUMNS} FROM webhooks
WHERE webhooks.id > :afterId ORDER BY webhooks.id LIMIT :limit`),
  listOfAccount: sql(`SELECT ${WEBHOOK_COLUMNS} FROM webhooks
WHERE webhooks.account_id = :accountId AND ${VISIBLE} AND webhooks.id > :afterId
ORDER BY webhooks.id LIMIT :limit`),
  update: sql(`UPDATE webhooks SET name = COALESCE(:name, name), url = COALESCE(:url, url),
  filters = COALESCE(:filters, filters), secrets = :toSecrets,
  enabled = COALESCE(:enabled, enabled),
  failing_since_ms = CASE WHEN :enabled = 1 THEN NULL ELSE failing_since_ms END,
  disabled_reason = CASE WHEN :enabled IS NULL THEN disabled_reason END,
  due_at_ms = CASE WHEN :enabled = 1 AND lease IS NULL THEN :atMs ELSE due_at_ms END
WHERE webhooks.id = :id AND ${VISIBLE} AND ${GRANTED} AND secrets = :fromSecrets
RETURNING ${WEBHOOK_COLUMNS}`),
  delete: sql(`DELETE FROM webhooks WHERE webhooks.id = :id AND ${VISIBLE} AND ${GRANTED}`),
  recordTest: sql(
    `${insertEventIfSql(
      `EXISTS (SELECT 1 ${FOUND} AND webhooks.enabled = 1) AND ${GRANTED}`,
    )} RETURNING position`,
  ),
  listDeliveries: sql(`SELECT ${DELIVERY_COLUMNS} FROM webhook_deliveries
WHERE webhook_deliveries.webhook_id = :id AND webhook_deliveries.position < :beforePosition
  AND (:state IS NULL OR webhook_deliveries.state = :state)
ORDER BY webhook_deliveries.position DESC LIMIT :limit`),
  replay: sql(`UPDATE webhook_deliveries
SET state = 'retrying', attempts = 0, first_at_ms = :atMs, next_at_ms = :atMs
WHERE webhook_deliveries.webhook_id = :id AND webhook_deliveries.position = :position
  AND webhook_deliveries.at_ms = :eventOfMs
  AND EXISTS (SELECT 1 ${FOUND} AND webhooks.enabled = 1) AND ${GRANTED}
RETURNING ${DELIVERY_COLUMNS}`),
  makeDue: sql(`UPDATE webhooks SET retry_at_ms = :atMs,
  due_at_ms = CASE WHEN lease IS NULL THEN :atMs ELSE due_at_ms END
WHERE webhooks.id = :id AND changes() = 1`),
} as const;

const SQL = WEBHOOK_SQL;

export function createWebhookStore(db: Database): WebhookStore {
  return {
    async createWebhook(webhook, sealedSecrets, quota, access, audit) {
      const { id, accountId, name, url, createdAtMs } = webhook;
      const values = {
        ...{ id, accountId, name, url, createdAtMs },
        filters: JSON.stringify(webhook.filters),
        sealedSecrets,
        quota,
        askingAccountId: access.accountId,
        ...grantValues(access),
      };
      const [inserted, , counted] = await writeGranted(db, access, [
        SQL.insert.prepare(db, values),
        prepareEvent(db, audit),
        SQL.countOfAccount.prepare(db, values),
      ]);
      if (wroteOne(inserted)) return 'created';
      const total = counted?.results[0];
      const isFull = total !== undefined && readInteger(total, 'total') >= quota;
      return isFull ? 'quota-exceeded' : 'no-account';
    },

    async findWebhook(id, access) {
      const find = SQL.find.prepare(db, { id, askingAccountId: access.accountId });
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readSealedWebhook(row);
    },

    async listWebhooks(ofAccountId, { afterId, limit }, access) {
      const askingAccountId = access.accountId;
      const accountId =
        ofAccountId ?? (askingAccountId === ROOT_ACCOUNT_ID ? null : askingAccountId);
      const page = { afterId: afterId ?? '', limit };
      const list =
        accountId === null
          ? SQL.list.prepare(db, page)
          : SQL.listOfAccount.prepare(db, { accountId, askingAccountId, ...page });
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readWebhook);
    },

    async updateWebhook(id, { name, url, filters, enabled }, secrets, access, audit) {
      const values = {
        id,
        askingAccountId: access.accountId,
        name: name ?? null,
        url: url ?? null,
        filters: filters === undefined ? null : JSON.stringify(filters),
        enabled: enabled === undefined ? null : Number(enabled),
        fromSecrets: secrets.from,
        toSecrets: secrets.to,
        atMs: audit.atMs,
        ...grantValues(access),
      };
      const [updated, , found] = await writeGranted(db, access, [
        SQL.update.prepare(db, values),
        prepareEvent(db, audit),
        SQL.find.prepare(db, values),
      ]);
      const row = updated?.results[0];
      if (row !== undefined) return readWebhook(row);
      return found?.results.length === 1 ? 'changed' : 'not-found';
    },

    async deleteWebhook(id, access, audit) {
      const values = { id, askingAccountId: access.accountId, ...grantValues(access) };
      const [deleted] = await writeGranted(db, access, [
        SQL.delete.prepare(db, values),
        prepareEvent(db, audit),
      ]);
      return wroteOne(deleted) ? 'deleted' : 'not-found';
    },

    async recordTest(id, access, audit) {
      const values = { id, askingAccountId: access.accountId, ...grantValues(access) };
      const [recorded, found] = await writeGranted(db, access, [
        SQL.recordTest.prepare(db, { ...values, ...eventValues(audit) }),
        SQL.find.prepare(db, values),
      ]);
      const row = recorded?.results[0];
      if (row !== undefined) return readInteger(row, 'position');
      return found?.results.length === 1 ? 'disabled' : 'not-found';
    },

    async listDeliveries(id, { beforePosition, state, limit }, access) {
      const values = {
        id,
        askingAccountId: access.accountId,
        beforePosition: beforePosition ?? Number.MAX_SAFE_INTEGER,
        state,
        limit,
      };
      const [found, listed] = await readGranted(db, access, [
        SQL.find.prepare(db, values),
        SQL.listDeliveries.prepare(db, values),
      ]);
      return found?.results.length === 1 ? (listed?.results ?? []).map(readDelivery) : null;
    },

    async replayDelivery(id, { position, atMs }, access, audit) {
      const values = {
        id,
        position,
        eventOfMs: atMs,
        atMs: audit.atMs,
        askingAccountId: access.accountId,
        ...grantValues(access),
      };
      const [replayed, , , found] = await writeGranted(db, access, [
        SQL.replay.prepare(db, values),
        SQL.makeDue.prepare(db, values),
        prepareEvent(db, audit),
        SQL.find.prepare(db, values),
      ]);
      const row = replayed?.results[0];
      if (row !== undefined) return readDelivery(row);
      const webhook = found?.results[0];
      if (webhook === undefined) return 'no-webhook';
      return readWebhook(webhook).enabled ? 'no-delivery' : 'disabled';
    },
  };
}

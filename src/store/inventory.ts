import type { InventoryStore, ListFilter } from '../inventory/store.ts';
import { eventValues } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import type { Database, PreparedStatement } from './database.ts';
import { writeGranted } from './grant.ts';
import { checkOf, commitWrite, readRows, writeValues } from './inventory-batch.ts';
import { contentValues, readEntry, readSummary } from './inventory-row.ts';
import { INVENTORY_SQL } from './inventory-sql.ts';
import { readInteger, readText, readTextOrNull } from './row.ts';

const SQL = INVENTORY_SQL;

/** SQLite's LIMIT for all rows. */
const NO_LIMIT = -1;

export function createInventoryStore(db: Database): InventoryStore {
  return {
    async create(principal, { id, name, content, defaultQuota, audit }) {
      const values = {
        ...writeValues(principal, audit),
        ...contentValues(content),
        id,
        name,
        atMs: audit.atMs,
        defaultQuota,
      };
      const outcome = await commitWrite(db, principal, {
        write: SQL.insert.prepare(db, values),
        audit,
        explain: SQL.explainInsert.prepare(db, values),
      });
      if (outcome.isDone) return 'created';
      const { reason } = outcome;
      if (reason === undefined) return 'no-account';
      if (readInteger(reason, 'name_taken') === 1) return 'name-taken';
      return readInteger(reason, 'is_full') === 1 ? 'quota-exceeded' : 'id-taken';
    },

    async replace(principal, { id, name, content, keepsUploadPublicKey, audit }) {
      const nowSeconds = Math.floor(audit.atMs / 1000);
      const values = {
        ...writeValues(principal, audit),
        ...contentValues(content),
        id,
        name,
        atMs: audit.atMs,
        nowSeconds,
        keepsUploadPublicKey: keepsUploadPublicKey ? 1 : 0,
      };
      const outcome = await commitWrite(db, principal, {
        write: SQL.update.prepare(db, values),
        audit,
        explain: SQL.explainUpdate.prepare(db, values),
      });
      if (outcome.isDone) return 'replaced';
      const { reason } = outcome;
      if (reason === undefined) return 'not-found';
      if (readInteger(reason, 'is_in_use') === 1) return 'in-use';
      if (readInteger(reason, 'not_after_s') >= nowSeconds) return 'not-expired';
      return readInteger(reason, 'name_taken') === 1 ? 'name-taken' : 'changed';
    },

    async rename(principal, { id, name, audit }) {
      const values = { ...writeValues(principal, audit), id, name, atMs: audit.atMs };
      const outcome = await commitWrite(db, principal, {
        write: SQL.rename.prepare(db, values),
        audit,
        explain: SQL.explainEntry.prepare(db, values),
      });
      if (outcome.isDone) return 'renamed';
      if (outcome.reason === undefined) return 'not-found';
      return readText(outcome.reason, 'name') === name ? 'name-unchanged' : 'name-taken';
    },

    async remove(principal, { id, audit }) {
      const values = { ...writeValues(principal, audit), id };
      const outcome = await commitWrite(db, principal, {
        write: SQL.delete.prepare(db, values),
        audit,
        explain: SQL.explainEntry.prepare(db, values),
      });
      if (outcome.isDone) return 'removed';
      return outcome.reason === undefined ? 'not-found' : 'in-use';
    },

    async find(principal, id, nowSeconds) {
      const find = SQL.find.prepare(db, { id, accountId: principal.accountId });
      const [row] = await readRows(db, principal, nowSeconds, find);
      return row === undefined ? null : readEntry(row);
    },

    async list(principal, filter, nowSeconds) {
      const list = prepareList(db, principal.accountId, filter);
      return (await readRows(db, principal, nowSeconds, list)).map(readSummary);
    },

    async findUploadPublicKey(principal, id, nowSeconds) {
      const find = SQL.findUploadPublicKey.prepare(db, { id, accountId: principal.accountId });
      const [row] = await readRows(db, principal, nowSeconds, find);
      if (row === undefined) return undefined;
      const key = readTextOrNull(row, 'upload_public_key');
      return key === null ? null : Uint8Array.fromBase64(key);
    },

    async readPrivateKey(principal, { id, audit }) {
      const values = { ...writeValues(principal, audit), id };
      const [recorded, rows] = await writeGranted(db, checkOf(principal, audit), [
        SQL.insertReadEvent.prepare(db, { ...values, ...eventValues(audit) }),
        SQL.readPrivateKey.prepare(db, values),
      ]);
      const row = rows?.results[0];
      if (!wroteOne(recorded) || row === undefined) return null;
      return { entry: readEntry(row), sealed: readTextOrNull(row, 'private_key') };
    },

    async findIssued(principal, authorityId, serialHex, nowSeconds) {
      const { accountId } = principal;
      const find = SQL.findIssued.prepare(db, { accountId, authorityId, serialHex });
      const [row] = await readRows(db, principal, nowSeconds, find);
      if (row === undefined) return null;
      return {
        certificateDer: Uint8Array.fromBase64(readText(row, 'certificate')),
        isRevoked: readInteger(row, 'is_revoked') === 1,
      };
    },
  };
}

function prepareList(
  db: Database,
  accountId: string,
  { name, fingerprintHex, after, limit }: ListFilter,
): PreparedStatement {
  if (name !== undefined) return SQL.listByName.prepare(db, { accountId, name });
  const page = { accountId, afterName: after ?? '', limit: limit ?? NO_LIMIT };
  return fingerprintHex === undefined
    ? SQL.list.prepare(db, page)
    : SQL.listByFingerprint.prepare(db, { ...page, fingerprint: fingerprintHex });
}

import type { InventoryStore, ListFilter } from '../inventory/store.ts';
import { eventParameters } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import { grantParameters, writeGranted } from './grant.ts';
import { checkAt, commitWrite, readRows } from './inventory-batch.ts';
import { contentParameters, readChain, readEntry, readSummary } from './inventory-row.ts';
import { INVENTORY_SQL } from './inventory-sql.ts';
import { readInteger, readText, readTextOrNull } from './row.ts';

/** LIMIT of SQLite: none. */
const NO_LIMIT = -1;

export function createInventoryStore(db: D1Database): InventoryStore {
  const explainEntry = (id: string, accountId: string) =>
    db.prepare(INVENTORY_SQL.explainEntry).bind(id, accountId);

  return {
    async create(principal, { id, name, content, defaultQuota, audit }) {
      const { accountId } = principal;
      const outcome = await commitWrite(db, principal, {
        sql: INVENTORY_SQL.insert,
        values: [id, accountId, name, ...contentParameters(content), audit.atMs, defaultQuota],
        audit,
        explain: db.prepare(INVENTORY_SQL.explainInsert).bind(accountId, name, defaultQuota),
      });
      if (outcome.isDone) return 'created';
      const { reason } = outcome;
      if (reason === undefined) return 'no-account';
      if (readInteger(reason, 'name_taken') === 1) return 'name-taken';
      return readInteger(reason, 'is_full') === 1 ? 'quota-exceeded' : 'id-taken';
    },

    async replace(principal, { id, name, content, keepsUploadPublicKey, audit }) {
      const { accountId } = principal;
      const nowSeconds = Math.floor(audit.atMs / 1000);
      const outcome = await commitWrite(db, principal, {
        sql: INVENTORY_SQL.update,
        values: [
          id,
          accountId,
          ...contentParameters(content),
          audit.atMs,
          nowSeconds,
          keepsUploadPublicKey ? 1 : 0,
          name,
        ],
        audit,
        explain: db.prepare(INVENTORY_SQL.explainUpdate).bind(id, accountId, name),
      });
      if (outcome.isDone) return 'replaced';
      const { reason } = outcome;
      if (reason === undefined) return 'not-found';
      if (readInteger(reason, 'is_in_use') === 1) return 'in-use';
      if (readInteger(reason, 'not_after_s') >= nowSeconds) return 'not-expired';
      return readInteger(reason, 'name_taken') === 1 ? 'name-taken' : 'changed';
    },

    async rename(principal, { id, name, audit }) {
      const { accountId } = principal;
      const outcome = await commitWrite(db, principal, {
        sql: INVENTORY_SQL.rename,
        values: [id, accountId, name, audit.atMs],
        audit,
        explain: explainEntry(id, accountId),
      });
      if (outcome.isDone) return 'renamed';
      if (outcome.reason === undefined) return 'not-found';
      return readText(outcome.reason, 'name') === name ? 'name-unchanged' : 'name-taken';
    },

    async remove(principal, { id, audit }) {
      const { accountId } = principal;
      const outcome = await commitWrite(db, principal, {
        sql: INVENTORY_SQL.delete,
        values: [id, accountId],
        audit,
        explain: explainEntry(id, accountId),
      });
      if (outcome.isDone) return 'removed';
      return outcome.reason === undefined ? 'not-found' : 'in-use';
    },

    async find(principal, id, nowSeconds) {
      const statement = db.prepare(INVENTORY_SQL.find).bind(id, principal.accountId);
      const [row] = await readRows(db, principal, nowSeconds, statement);
      return row === undefined ? null : readEntry(row);
    },

    async list(principal, filter, nowSeconds) {
      const statement = selectList(db, principal.accountId, filter);
      return (await readRows(db, principal, nowSeconds, statement)).map(readSummary);
    },

    async findUploadPublicKey(principal, id, nowSeconds) {
      const statement = db.prepare(INVENTORY_SQL.findUploadPublicKey).bind(id, principal.accountId);
      const [row] = await readRows(db, principal, nowSeconds, statement);
      if (row === undefined) return undefined;
      const key = readTextOrNull(row, 'upload_public_key');
      return key === null ? null : Uint8Array.fromBase64(key);
    },

    async readPrivateKey(principal, { id, audit }) {
      const { accountId } = principal;
      const check = checkAt(principal, Math.floor(audit.atMs / 1000));
      const [recorded, rows] = await writeGranted(db, check, [
        db
          .prepare(INVENTORY_SQL.insertReadEvent)
          .bind(...eventParameters(audit), ...grantParameters(check), id, accountId),
        db.prepare(INVENTORY_SQL.readPrivateKey).bind(id, accountId),
      ]);
      const row = rows?.results[0];
      if (!wroteOne(recorded) || row === undefined) return null;
      return { entry: readEntry(row), sealed: readTextOrNull(row, 'private_key') };
    },

    async findIssued(principal, authorityId, serialHex, nowSeconds) {
      const statement = db
        .prepare(INVENTORY_SQL.findIssued)
        .bind(principal.accountId, authorityId, serialHex);
      const [row] = await readRows(db, principal, nowSeconds, statement);
      if (row === undefined) return null;
      return {
        certificateDer: Uint8Array.fromBase64(readText(row, 'certificate')),
        chainDer: [Uint8Array.fromBase64(readText(row, 'issuer')), ...readChain(row)],
        isRevoked: readInteger(row, 'is_revoked') === 1,
      };
    },
  };
}

function selectList(
  db: D1Database,
  accountId: string,
  { name, after, limit }: ListFilter,
): D1PreparedStatement {
  return name === undefined
    ? db.prepare(INVENTORY_SQL.list).bind(accountId, after ?? '', limit ?? NO_LIMIT)
    : db.prepare(INVENTORY_SQL.listByName).bind(accountId, name);
}

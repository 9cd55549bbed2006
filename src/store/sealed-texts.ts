import type { SealedTextStore } from '../inventory/reseal.ts';
import { readRecord, writeRecord } from './d1.ts';
import { type Row, readInteger, readText } from './row.ts';

/** Where sealed texts lie; everything but the names is SQL. */
interface SealedColumn {
  readonly table:
    | 'inventory'
    | 'access_keys'
    | 'idempotency_keys'
    | 'authorities'
    | 'ocsp_responders';
  readonly column: 'private_key' | 'secret' | 'answer';
  /** What tells a row from others, as one text: the second expression of the table's index. */
  readonly id: string;
  /** Finds the row of the id that it is given. */
  readonly hasId: (id: string) => string;
  /** What the row's text is sealed under. */
  readonly recordId: string;
  /** Rows that have a text, in the words of the table's index. */
  readonly isSealed: string;
}

const INVENTORY: SealedColumn = {
  table: 'inventory',
  column: 'private_key',
  id: 'inventory.id',
  hasId: (id) => `inventory.id = ${id}`,
  recordId: 'inventory.id',
  isSealed: 'inventory.private_key IS NOT NULL',
};
const ACCESS_KEYS: SealedColumn = {
  table: 'access_keys',
  column: 'secret',
  id: 'access_keys.id',
  hasId: (id) => `access_keys.id = ${id}`,
  recordId: "'access-key:' || access_keys.id",
  isSealed: 'access_keys.secret IS NOT NULL',
};
const AUTHORITIES: SealedColumn = {
  table: 'authorities',
  column: 'private_key',
  id: 'authorities.id',
  hasId: (id) => `authorities.id = ${id}`,
  recordId: "'authority:' || authorities.id",
  isSealed: 'authorities.private_key IS NOT NULL',
};
const OCSP_RESPONDERS: SealedColumn = {
  table: 'ocsp_responders',
  column: 'private_key',
  id: 'ocsp_responders.authority_id',
  hasId: (id) => `ocsp_responders.authority_id = ${id}`,
  recordId: "'ocsp-responder:' || ocsp_responders.authority_id",
  isSealed: 'ocsp_responders.private_key IS NOT NULL',
};
/** Neither accounts nor keys have spaces. */
const ANSWERS: SealedColumn = {
  table: 'idempotency_keys',
  column: 'answer',
  id: "idempotency_keys.account_id || ' ' || idempotency_keys.key",
  hasId: (id) => `idempotency_keys.account_id = substr(${id}, 1, instr(${id}, ' ') - 1)
  AND idempotency_keys.key = substr(${id}, instr(${id}, ' ') + 1)`,
  recordId: `'idempotency-key:' || idempotency_keys.account_id || ':'
  || idempotency_keys.body_sha256 || ':' || idempotency_keys.key`,
  isSealed: "idempotency_keys.answer <> ''",
};

/** The number behind the 'v' that sealed texts begin with: the first expression of the tables' indexes. */
function versionSql(column: string): string {
  return `CAST(substr(${column}, 2, instr(${column}, '.') - 2) AS INTEGER)`;
}

function createSql({ table, column, id, hasId, recordId, isSealed }: SealedColumn) {
  const text = `${table}.${column}`;
  const version = versionSql(text);
  return {
    listBelow: `SELECT ${id} AS id, ${recordId} AS record_id, ${version} AS version, ${text} AS sealed
FROM ${table}
WHERE ${isSealed} AND ${version} < ?1 AND (${version}, ${id}) > (?2, ?3)
ORDER BY ${version}, ${id} LIMIT ?4`,
    swap: `UPDATE ${table} SET ${column} = swapped.value ->> 'to'
FROM json_each(?1) AS swapped
WHERE ${hasId("(swapped.value ->> 'id')")} AND ${text} = swapped.value ->> 'from'`,
    countBelow: `SELECT COUNT(*) AS texts FROM ${table} WHERE ${isSealed} AND ${version} < ?1`,
  } as const;
}

export const SEALED_PRIVATE_KEY_SQL = createSql(INVENTORY);
export const SEALED_ACCESS_KEY_SQL = createSql(ACCESS_KEYS);
export const SEALED_AUTHORITY_KEY_SQL = createSql(AUTHORITIES);
export const SEALED_RESPONDER_KEY_SQL = createSql(OCSP_RESPONDERS);
export const SEALED_ANSWER_SQL = createSql(ANSWERS);

/** The private keys of the inventory. */
export function createSealedPrivateKeyStore(db: D1Database): SealedTextStore {
  return createStore(db, SEALED_PRIVATE_KEY_SQL);
}

/** The secrets of access keys. */
export function createSealedAccessKeyStore(db: D1Database): SealedTextStore {
  return createStore(db, SEALED_ACCESS_KEY_SQL);
}

/** The private keys of authorities. */
export function createSealedAuthorityKeyStore(db: D1Database): SealedTextStore {
  return createStore(db, SEALED_AUTHORITY_KEY_SQL);
}

/** The private keys of OCSP responders. */
export function createSealedResponderKeyStore(db: D1Database): SealedTextStore {
  return createStore(db, SEALED_RESPONDER_KEY_SQL);
}

/** What creations with an idempotency key answered. */
export function createSealedAnswerStore(db: D1Database): SealedTextStore {
  return createStore(db, SEALED_ANSWER_SQL);
}

function createStore(db: D1Database, sql: ReturnType<typeof createSql>): SealedTextStore {
  return {
    async listBelow(version, after, limit) {
      const { results } = await readRecord(() =>
        db.prepare(sql.listBelow).bind(version, after.version, after.id, limit).all<Row>(),
      );
      return results.map((row) => ({
        id: readText(row, 'id'),
        recordId: readText(row, 'record_id'),
        version: readInteger(row, 'version'),
        sealed: readText(row, 'sealed'),
      }));
    },

    async swap(texts) {
      const { meta } = await writeRecord(() =>
        db.prepare(sql.swap).bind(JSON.stringify(texts)).run(),
      );
      return meta.changes;
    },

    async countBelow(version) {
      const row = await readRecord(() => db.prepare(sql.countBelow).bind(version).first<Row>());
      return row === null ? 0 : readInteger(row, 'texts');
    },
  };
}

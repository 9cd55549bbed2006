import type { SealedTextStore } from '../inventory/reseal.ts';
import { readRecord, writeRecord } from './d1.ts';
import { type Row, readInteger, readText } from './row.ts';

interface SealedColumn {
  readonly table: 'inventory' | 'access_keys';
  readonly column: 'private_key' | 'secret';
  /** What stands before the row's id in the record id that texts are sealed under. */
  readonly recordIdPrefix: string;
}

const INVENTORY: SealedColumn = {
  table: 'inventory',
  column: 'private_key',
  recordIdPrefix: '',
};
const ACCESS_KEYS: SealedColumn = {
  table: 'access_keys',
  column: 'secret',
  recordIdPrefix: 'access-key:',
};

/** The number behind the 'v' that sealed texts begin with: the expression of the tables' indexes. */
function versionSql(column: string): string {
  return `CAST(substr(${column}, 2, instr(${column}, '.') - 2) AS INTEGER)`;
}

function createSql({ table, column }: SealedColumn) {
  const version = versionSql(column);
  return {
    listBelow: `SELECT id, ${version} AS version, ${column} AS sealed FROM ${table}
WHERE ${column} IS NOT NULL AND ${version} < ?1 AND (${version}, id) > (?2, ?3)
ORDER BY ${version}, id LIMIT ?4`,
    swap: `UPDATE ${table} SET ${column} = text.value ->> 'to'
FROM json_each(?1) AS text
WHERE ${table}.id = text.value ->> 'id' AND ${table}.${column} = text.value ->> 'from'`,
    countBelow: `SELECT COUNT(*) AS texts FROM ${table}
WHERE ${column} IS NOT NULL AND ${version} < ?1`,
  } as const;
}

export const SEALED_PRIVATE_KEY_SQL = createSql(INVENTORY);
export const SEALED_ACCESS_KEY_SQL = createSql(ACCESS_KEYS);

/** The private keys of the inventory. */
export function createSealedPrivateKeyStore(db: D1Database): SealedTextStore {
  return createStore(db, SEALED_PRIVATE_KEY_SQL, INVENTORY);
}

/** The secrets of access keys. */
export function createSealedAccessKeyStore(db: D1Database): SealedTextStore {
  return createStore(db, SEALED_ACCESS_KEY_SQL, ACCESS_KEYS);
}

function createStore(
  db: D1Database,
  sql: ReturnType<typeof createSql>,
  { recordIdPrefix }: SealedColumn,
): SealedTextStore {
  return {
    async listBelow(version, after, limit) {
      const { results } = await readRecord(() =>
        db.prepare(sql.listBelow).bind(version, after.version, after.id, limit).all<Row>(),
      );
      return results.map((row) => ({
        id: readText(row, 'id'),
        recordId: `${recordIdPrefix}${readText(row, 'id')}`,
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

import { SignetError } from '../errors.ts';
import {
  COMPLETE,
  type CrlStore,
  type ListCommit,
  type ListScope,
  type ScopeState,
  type StoredDelta,
  type StoredList,
} from '../lists/list-store.ts';
import { CHUNK_LIFE_MS } from '../lists/retire.ts';
import { CRL_CHUNK_SQL, chunkParameters, readChunkRow, readStoredChunks } from './crl-chunks.ts';
import { bindRowRange, CRL_ROW_SQL, readJoinedRows, readListedRow } from './crl-rows.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';

const STATE = `authorities.revocation_revision, authorities.removals, authorities.reserved_slots,
  list.number, list.crl_number, list.base_number, list.base_revision, list.base_next_update_s,
  (SELECT MAX(revision) FROM revocations
    WHERE authority_id = ?1 AND crl_partition = ?2) AS revoked_revision,
  (SELECT MAX(revision) FROM released_holds
    WHERE authority_id = ?1 AND crl_partition = ?2) AS released_revision`;

const FROM_SCOPE = `FROM authorities LEFT JOIN revocation_lists AS list
  ON list.authority_id = authorities.id AND list.crl_partition = ?2
WHERE authorities.id = ?1`;

const NO_DELTA = `delta_number = NULL, delta_revision = NULL, delta_this_update_s = NULL,
  delta_next_update_s = NULL, delta = NULL`;

export const CRL_SQL = {
  findRevision: `SELECT ${STATE} ${FROM_SCOPE}`,
  findList: `SELECT ${STATE}, list.revision, list.this_update_s, list.next_update_s,
  list.byte_length, list.head, list.trailer, json_array_length(list.chunks) AS chunk_count
${FROM_SCOPE}`,
  findDelta: `SELECT ${STATE}, list.delta_number, list.delta_revision, list.delta_this_update_s,
  list.delta_next_update_s, list.delta
${FROM_SCOPE}`,
  swapList: `INSERT INTO revocation_lists
  (authority_id, crl_partition, number, crl_number, revision, this_update_s, next_update_s, entries,
   byte_length, head, trailer, chunks, base_number, base_revision, base_next_update_s)
SELECT ?1, ?2, ?3, ?3, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?4, ?3, ?5, ?7
FROM authorities
WHERE id = ?1 AND removals = ?13
  AND (?3 = 1 OR EXISTS (
    SELECT 1 FROM revocation_lists WHERE authority_id = ?1 AND crl_partition = ?2))
  AND NOT EXISTS (
    SELECT 1 FROM json_each(?14) AS stored
    WHERE NOT EXISTS (SELECT 1 FROM crl_chunks WHERE id = stored.value))
ON CONFLICT (authority_id, crl_partition) DO UPDATE SET number = excluded.number,
  crl_number = excluded.number, revision = excluded.revision,
  this_update_s = excluded.this_update_s, next_update_s = excluded.next_update_s,
  entries = excluded.entries, byte_length = excluded.byte_length, head = excluded.head,
  trailer = excluded.trailer, chunks = excluded.chunks,
  base_number = iif(?12, excluded.number, base_number),
  base_revision = iif(?12, excluded.revision, base_revision),
  base_next_update_s = iif(?12, excluded.next_update_s, base_next_update_s),
  ${NO_DELTA}
WHERE revocation_lists.number = excluded.number - 1`,
  swapDelta: `UPDATE revocation_lists SET number = ?3, delta_number = ?3, delta_revision = ?4,
  delta_this_update_s = ?5, delta_next_update_s = ?6, delta = ?7
WHERE authority_id = ?1 AND crl_partition = ?2 AND number = ?3 - 1 AND base_number IS NOT NULL`,
  listEnding: `SELECT crl_partition FROM revocation_lists
WHERE authority_id = ?1 AND next_update_s <= ?2 AND next_update_s < ?3
  AND crl_partition >= 0 AND entries > 0
ORDER BY next_update_s LIMIT ?4`,
  raiseNumber: `INSERT INTO revocation_lists (authority_id, crl_partition, number)
VALUES (?1, ${COMPLETE}, ?2)
ON CONFLICT (authority_id, crl_partition) DO UPDATE SET number = excluded.number,
  crl_number = NULL, revision = NULL, this_update_s = NULL, next_update_s = NULL, entries = NULL,
  byte_length = NULL, head = NULL, trailer = NULL,
  base_number = NULL, base_revision = NULL, base_next_update_s = NULL, ${NO_DELTA}
WHERE revocation_lists.number < excluded.number`,
} as const;

export function createCrlStore(db: D1Database): CrlStore {
  const bindScope = (sql: string, { authorityId, crlPartition }: ListScope) =>
    db.prepare(sql).bind(authorityId, crlPartition);

  return {
    async findRevision(scope) {
      const row = await readRecord(() => bindScope(CRL_SQL.findRevision, scope).first<Row>());
      return row === null ? null : readState(row, scope).scopeRevision;
    },

    async findList(scope) {
      const [heads, chunkRows] = await readRecord(() =>
        db.batch<Row>([
          bindScope(CRL_SQL.findList, scope),
          bindScope(CRL_CHUNK_SQL.findChunks, scope),
        ]),
      );
      const head = heads?.results[0];
      if (head === undefined) throw unknownAuthority(scope);
      const state = readState(head, scope);
      const chunks = readStoredChunks(chunkRows?.results ?? []);
      // All of them or none: a list that lacks one is made anew from rows.
      if (chunks.length !== (readIntegerOrNull(head, 'chunk_count') ?? 0)) {
        return { ...state, list: null, chunks: [] };
      }
      return { ...state, list: readList(head), chunks };
    },

    async readChunk(id) {
      const row = await readRecord(() => db.prepare(CRL_CHUNK_SQL.readChunk).bind(id).first<Row>());
      return row === null ? null : readText(row, 'body');
    },

    async findSpareChunk({ authorityId, crlPartition }, firstRevision, throughRevision) {
      const row = await readRecord(() =>
        db
          .prepare(CRL_CHUNK_SQL.findSpare)
          .bind(authorityId, crlPartition, firstRevision, throughRevision)
          .first<Row>(),
      );
      return row === null ? null : readChunkRow(row);
    },

    async readRows(scope, ranges, limit) {
      const pages = await readRecord(() =>
        db.batch<Row>(ranges.map((range) => bindRowRange(db, scope, range, limit))),
      );
      return pages.map(({ results }) => readJoinedRows(results[0]));
    },

    async storeChunk({ authorityId, crlPartition }, chunk, removals, atMs) {
      const insert = db
        .prepare(CRL_CHUNK_SQL.insertSpare)
        .bind(authorityId, crlPartition, ...chunkParameters(chunk), removals, atMs);
      return wroteOne(await writeRecord(() => insert.run()));
    },

    async commitList(commit) {
      const [swapped] = await writeRecord(() => db.batch(listStatements(db, commit)));
      return wroteOne(swapped);
    },

    async findDelta(scope) {
      const row = await readRecord(() => bindScope(CRL_SQL.findDelta, scope).first<Row>());
      if (row === null) throw unknownAuthority(scope);
      return {
        ...readState(row, scope),
        hasList: readIntegerOrNull(row, 'crl_number') !== null,
        delta: readDelta(row),
      };
    },

    async readChanges(scope, afterRevision, limit) {
      const { revoked, released } =
        scope.crlPartition === COMPLETE ? CRL_ROW_SQL.complete : CRL_ROW_SQL.partition;
      const [states, revokedRows, releasedRows] = await readRecord(() =>
        db.batch<Row>([
          bindScope(CRL_SQL.findRevision, scope),
          ...[revoked, released].map((sql) =>
            db.prepare(sql).bind(scope.authorityId, scope.crlPartition, afterRevision, limit),
          ),
        ]),
      );
      const state = states?.results[0];
      if (state === undefined) throw unknownAuthority(scope);
      return {
        revision: readState(state, scope).revision,
        revoked: (revokedRows?.results ?? []).map(readListedRow),
        released: (releasedRows?.results ?? []).map((row) => ({
          serialHex: readText(row, 'serial'),
          releasedAtSeconds: readInteger(row, 'released_at_s'),
        })),
      };
    },

    async commitDelta({ authorityId, crlPartition }, delta) {
      const { number, revision, thisUpdateSeconds, nextUpdateSeconds, crlDer } = delta;
      const swap = db
        .prepare(CRL_SQL.swapDelta)
        .bind(
          authorityId,
          crlPartition,
          number,
          revision,
          thisUpdateSeconds,
          nextUpdateSeconds,
          crlDer.toBase64(),
        );
      return wroteOne(await writeRecord(() => swap.run()));
    },

    async listEnding(authorityId, throughSeconds, endSeconds, limit) {
      const list = db
        .prepare(CRL_SQL.listEnding)
        .bind(authorityId, throughSeconds, endSeconds, limit);
      const { results } = await readRecord(() => list.all<Row>());
      return results.map((row) => readInteger(row, 'crl_partition'));
    },

    async raiseCrlNumber(authorityId, number) {
      await writeRecord(() => db.prepare(CRL_SQL.raiseNumber).bind(authorityId, number).run());
    },
  };
}

/** The list first; its chunks only where that one was committed. */
function listStatements(db: D1Database, commit: ListCommit): D1PreparedStatement[] {
  const { scope, list, chunks, newChunks, atMs } = commit;
  const newIds = new Set(newChunks.map(({ id }) => id));
  const ids = chunks.map(({ id }) => id);
  const key = [scope.authorityId, scope.crlPartition, list.number, JSON.stringify(ids)] as const;
  return [
    db
      .prepare(CRL_SQL.swapList)
      .bind(
        ...key,
        list.revision,
        list.thisUpdateSeconds,
        list.nextUpdateSeconds,
        commit.entries,
        list.byteLength,
        list.headDer.toBase64(),
        list.trailerDer.toBase64(),
        commit.isBase ? 1 : 0,
        commit.removals,
        JSON.stringify(ids.filter((id) => !newIds.has(id))),
      ),
    ...newChunks.map((chunk) =>
      db.prepare(CRL_CHUNK_SQL.insertNamed).bind(...key, ...chunkParameters(chunk)),
    ),
    db.prepare(CRL_CHUNK_SQL.claimNamed).bind(...key),
    db.prepare(CRL_CHUNK_SQL.supersedeOthers).bind(...key, atMs),
    // Who builds often also tidies up often.
    db.prepare(CRL_CHUNK_SQL.deleteSpare).bind(atMs - CHUNK_LIFE_MS, 4),
  ];
}

function readState(row: Row, { crlPartition }: ListScope): ScopeState {
  const revision = readInteger(row, 'revocation_revision');
  const number = readIntegerOrNull(row, 'base_number');
  return {
    revision,
    scopeRevision:
      crlPartition === COMPLETE
        ? revision
        : Math.max(
            readIntegerOrNull(row, 'revoked_revision') ?? 0,
            readIntegerOrNull(row, 'released_revision') ?? 0,
          ),
    removals: readInteger(row, 'removals'),
    reservedSlots: readInteger(row, 'reserved_slots'),
    lastNumber: readIntegerOrNull(row, 'number') ?? 0,
    base:
      number === null
        ? null
        : {
            number,
            revision: readInteger(row, 'base_revision'),
            nextUpdateSeconds: readInteger(row, 'base_next_update_s'),
          },
  };
}

function readList(row: Row): StoredList | null {
  const number = readIntegerOrNull(row, 'crl_number');
  if (number === null) return null;
  return {
    number,
    revision: readInteger(row, 'revision'),
    thisUpdateSeconds: readInteger(row, 'this_update_s'),
    nextUpdateSeconds: readInteger(row, 'next_update_s'),
    byteLength: readInteger(row, 'byte_length'),
    headDer: Uint8Array.fromBase64(readText(row, 'head')),
    trailerDer: Uint8Array.fromBase64(readText(row, 'trailer')),
  };
}

function readDelta(row: Row): StoredDelta | null {
  const number = readIntegerOrNull(row, 'delta_number');
  if (number === null) return null;
  return {
    number,
    revision: readInteger(row, 'delta_revision'),
    thisUpdateSeconds: readInteger(row, 'delta_this_update_s'),
    nextUpdateSeconds: readInteger(row, 'delta_next_update_s'),
    crlDer: Uint8Array.fromBase64(readText(row, 'delta')),
  };
}

function unknownAuthority({ authorityId }: ListScope): SignetError {
  return new SignetError('authority-not-found', `There is no authority '${authorityId}'.`);
}

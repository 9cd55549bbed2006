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
import { CRL_CHUNK_SQL, chunkValues, readChunkRow, readStoredChunks } from './crl-chunks.ts';
import { CRL_ROW_SQL, prepareRowRange, readJoinedRows, readListedRow } from './crl-rows.ts';
import { CRL_SQL } from './crl-sql.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import type { Database, PreparedStatement } from './database.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';

export function createCrlStore(db: Database): CrlStore {
  return {
    async findScopeRevision(scope) {
      const row = await readRecord(() => CRL_SQL.findState.prepare(db, scope).first<Row>());
      return row === null ? null : readState(row, scope).scopeRevision;
    },

    async findList(scope, held) {
      const heldIds = JSON.stringify([...held.keys()]);
      const [heads, chunkRows] = await readRecord(() =>
        db.batch<Row>([
          CRL_SQL.findList.prepare(db, scope),
          CRL_CHUNK_SQL.findChunks.prepare(db, { ...scope, heldIds }),
        ]),
      );
      const head = heads?.results[0];
      if (head === undefined) throw unknownAuthority(scope);
      const state = readState(head, scope);
      const chunks = readStoredChunks(chunkRows?.results ?? [], held);
      // If a chunk is missing, the list is built again from rows.
      if (chunks.length !== (readIntegerOrNull(head, 'chunk_count') ?? 0)) {
        return { ...state, list: null, chunks: [] };
      }
      return { ...state, list: readList(head), chunks };
    },

    async readChunks(ids) {
      const read = CRL_CHUNK_SQL.readChunks.prepare(db, { ids: JSON.stringify(ids) });
      const { results } = await readRecord(() => read.all<Row>());
      return new Map(
        results.map((row) => [readText(row, 'id'), Uint8Array.fromBase64(readText(row, 'body'))]),
      );
    },

    async findSpareChunk(scope, firstRevision, throughRevision) {
      const find = CRL_CHUNK_SQL.findSpare.prepare(db, {
        ...scope,
        firstRevision,
        throughRevision,
      });
      const row = await readRecord(() => find.first<Row>());
      return row === null ? null : readChunkRow(row);
    },

    async readRows(scope, ranges, limit) {
      const pages = await readRecord(() =>
        db.batch<Row>(ranges.map((range) => prepareRowRange(db, scope, range, limit))),
      );
      return pages.map(({ results }) => readJoinedRows(results[0]));
    },

    async storeChunks(scope, chunks, removals, atMs) {
      const inserts = chunks.map((chunk) =>
        CRL_CHUNK_SQL.insertSpare.prepare(db, {
          ...scope,
          ...chunkValues(chunk),
          ...{ removals, atMs },
        }),
      );
      const results = await writeRecord(() => db.batch(inserts));
      return results.every(wroteOne);
    },

    async commitList(commit) {
      const [swapped] = await writeRecord(() => db.batch(listStatements(db, commit)));
      return wroteOne(swapped);
    },

    async findDelta(scope) {
      const row = await readRecord(() => CRL_SQL.findDelta.prepare(db, scope).first<Row>());
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
      const values = { ...scope, afterRevision, limit };
      const [states, revokedRows, releasedRows] = await readRecord(() =>
        db.batch<Row>([
          CRL_SQL.findState.prepare(db, values),
          revoked.prepare(db, values),
          released.prepare(db, values),
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

    async commitDelta(scope, { crlDer, ...delta }) {
      const values = { ...scope, ...delta, delta: crlDer.toBase64() };
      const swap = CRL_SQL.swapDelta.prepare(db, values);
      return wroteOne(await writeRecord(() => swap.run()));
    },

    async listEnding(authorityId, throughSeconds, endSeconds, limit) {
      const values = { authorityId, throughSeconds, endSeconds, limit };
      const list = CRL_SQL.listEnding.prepare(db, values);
      const { results } = await readRecord(() => list.all<Row>());
      return results.map((row) => readInteger(row, 'crl_partition'));
    },

    async raiseCrlNumber(authorityId, number) {
      const raise = CRL_SQL.raiseNumber.prepare(db, { authorityId, number });
      await writeRecord(() => raise.run());
    },
  };
}

/** The list comes first; the other statements depend on its commit. */
function listStatements(db: Database, commit: ListCommit): PreparedStatement[] {
  const { scope, list, chunks, newChunks, atMs } = commit;
  const newIds = new Set(newChunks.map(({ id }) => id));
  const ids = chunks.map(({ id }) => id);
  const key = { ...scope, number: list.number, chunkIds: JSON.stringify(ids) };
  return [
    CRL_SQL.swapList.prepare(db, {
      ...key,
      revision: list.revision,
      thisUpdateSeconds: list.thisUpdateSeconds,
      nextUpdateSeconds: list.nextUpdateSeconds,
      entries: commit.entries,
      byteLength: list.byteLength,
      head: list.headDer.toBase64(),
      trailer: list.trailerDer.toBase64(),
      isBase: commit.isBase ? 1 : 0,
      removals: commit.removals,
      storedChunkIds: JSON.stringify(ids.filter((id) => !newIds.has(id))),
    }),
    ...newChunks.map((chunk) =>
      CRL_CHUNK_SQL.insertNamed.prepare(db, { ...key, ...chunkValues(chunk) }),
    ),
    CRL_CHUNK_SQL.claimNamed.prepare(db, key),
    CRL_CHUNK_SQL.supersedeOthers.prepare(db, { ...key, atMs }),
    // Deletes about as many chunks as a commit supersedes, so that they do not pile up.
    CRL_CHUNK_SQL.deleteSuperseded.prepare(db, { beforeMs: atMs - CHUNK_LIFE_MS, limit: 4 }),
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
    entries: readIntegerOrNull(row, 'entries') ?? 0,
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

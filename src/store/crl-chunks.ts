import {
  type Chunk,
  type ChunkEntries,
  COMPLETE,
  type NewChunk,
  type StoredChunk,
} from '../lists/list-store.ts';
import { type Row, readInteger, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';

/**
 * An UPDATE for the batch that removes entries from the lists, or moves them to a newer revision. It
 * marks the chunks that hold the entries' old revisions, so that they are encoded again. If `rows`
 * reads the changed rows, the UPDATE must come before the statement that changes them. The same batch
 * must raise `authorities.removals`, so that a list built meanwhile is not stored.
 *
 * It reads a few rows for each entry, however many chunks there are. The chunks that a list names do not
 * overlap: a build makes them one after another, each from the revision after the one before, and the
 * batch that commits the list leaves only these named. So the only named chunk that can hold a revision
 * is the first one that ends at or after it. Spare chunks overlap if several builds made them, but they
 * are few: they wait for one list, and are stale once it is replaced. MATERIALIZED makes SQLite evaluate
 * `rows` once.
 * @param authority the SQL expression of the authority's id: a parameter or a column
 * @param rows a SELECT with the columns `revision` (the old one) and `crl_partition` (or NULL)
 */
export function markChunksStaleSql<const Authority extends string, const Rows extends string>(
  authority: Authority,
  rows: Rows,
) {
  return `WITH place AS MATERIALIZED (
  SELECT ${authority} AS authority_id, scope.value AS crl_partition, gone.revision
  FROM (${rows}) AS gone
  CROSS JOIN json_each(json_array(${COMPLETE}, gone.crl_partition)) AS scope)
UPDATE crl_chunks SET stale = 1
WHERE stale = 0 AND id IN (
  SELECT (
    SELECT iif(named.first_revision <= place.revision, named.id, NULL)
    FROM crl_chunks AS named
    WHERE named.authority_id = place.authority_id AND named.crl_partition = place.crl_partition
      AND named.superseded_at_ms IS NULL AND named.last_revision >= place.revision
    ORDER BY named.last_revision LIMIT 1)
  FROM place
  UNION ALL
  SELECT spare.id FROM place
  CROSS JOIN crl_chunks AS spare ON spare.authority_id = place.authority_id
    AND spare.crl_partition = place.crl_partition
    AND spare.superseded_at_ms IS NOT NULL AND spare.stale = 0
    AND spare.last_revision >= place.revision AND spare.first_revision <= place.revision)` as const;
}

/** Lists up to this length are read with all their chunks in one round trip: 2 MB of base64. */
const MAX_BYTES_AT_ONCE = 1_500_000;
/** True in the batch that stored the scope's list with this number and these chunks. */
const IS_COMMITTED = `EXISTS (
  SELECT 1 FROM revocation_lists
  WHERE authority_id = :authorityId AND crl_partition = :crlPartition
    AND crl_number = :number AND chunks = :chunkIds)` as const;

const INSERT = `INSERT INTO crl_chunks
  (authority_id, crl_partition, id, first_revision, last_revision, entries, bytes, body,
   superseded_at_ms)` as const;

const CHUNK = ':id, :firstRevision, :lastRevision, :entries, :bytes, :body' as const;

export const CRL_CHUNK_SQL = {
  findChunks: sql(`SELECT name.key AS place, chunk.id, chunk.first_revision, chunk.last_revision,
  chunk.entries, chunk.bytes, chunk.stale,
  CASE WHEN list.byte_length <= ${MAX_BYTES_AT_ONCE}
    AND chunk.id NOT IN (SELECT value FROM json_each(:heldIds)) THEN chunk.body END AS body
FROM revocation_lists AS list
CROSS JOIN json_each(list.chunks) AS name
CROSS JOIN crl_chunks AS chunk ON chunk.id = name.value
WHERE list.authority_id = :authorityId AND list.crl_partition = :crlPartition`),
  readChunks: sql(`SELECT id, body
FROM crl_chunks WHERE id IN (SELECT value FROM json_each(:ids))`),
  findSpare: sql(`SELECT id, first_revision, last_revision, entries, bytes
FROM crl_chunks
WHERE authority_id = :authorityId AND crl_partition = :crlPartition
  AND superseded_at_ms IS NOT NULL AND stale = 0
  AND last_revision BETWEEN :firstRevision AND :throughRevision
  AND first_revision = :firstRevision
ORDER BY last_revision DESC LIMIT 1`),
  /** A chunk that no list names yet, if no row has left its range since `:removals`. */
  insertSpare: sql(`${INSERT}
SELECT :authorityId, :crlPartition, ${CHUNK}, :atMs
FROM authorities WHERE id = :authorityId AND removals = :removals`),
  /** A chunk of the list that the same batch has stored. */
  insertNamed: sql(`${INSERT}
SELECT :authorityId, :crlPartition, ${CHUNK}, NULL
WHERE ${IS_COMMITTED}`),
  claimNamed: sql(`UPDATE crl_chunks SET superseded_at_ms = NULL
WHERE id IN (SELECT value FROM json_each(:chunkIds)) AND superseded_at_ms IS NOT NULL
  AND ${IS_COMMITTED}`),
  /** Downloads that run may still read these chunks, but no later list may name them. */
  supersedeOthers: sql(`UPDATE crl_chunks SET superseded_at_ms = :atMs, stale = 1
WHERE authority_id = :authorityId AND crl_partition = :crlPartition AND superseded_at_ms IS NULL
  AND id NOT IN (SELECT value FROM json_each(:chunkIds)) AND ${IS_COMMITTED}`),
  deleteSuperseded: sql(`DELETE FROM crl_chunks WHERE id IN (
  SELECT id FROM crl_chunks WHERE superseded_at_ms < :beforeMs
  ORDER BY superseded_at_ms LIMIT :limit)`),
} as const;

/** The values of a new chunk's columns. */
export function chunkValues({ entriesDer, ...chunk }: NewChunk) {
  return { ...chunk, body: entriesDer.toBase64() };
}

export function readChunkRow(row: Row): Chunk {
  return {
    id: readText(row, 'id'),
    firstRevision: readInteger(row, 'first_revision'),
    lastRevision: readInteger(row, 'last_revision'),
    entries: readInteger(row, 'entries'),
    bytes: readInteger(row, 'bytes'),
  };
}

/** @param rows of `findChunks`, in any order */
export function readStoredChunks(rows: readonly Row[], held: ChunkEntries): StoredChunk[] {
  return rows
    .toSorted((a, b) => readInteger(a, 'place') - readInteger(b, 'place'))
    .map((row) => ({
      ...readChunkRow(row),
      isStale: readInteger(row, 'stale') === 1,
      entriesDer: readEntries(row) ?? held.get(readText(row, 'id')) ?? null,
    }));
}

function readEntries(row: Row): Uint8Array | null {
  const body = readTextOrNull(row, 'body');
  return body === null ? null : Uint8Array.fromBase64(body);
}

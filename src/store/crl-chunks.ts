import type { Chunk, NewChunk, StoredChunk } from '../lists/list-store.ts';
import { type Row, readInteger, readText, readTextOrNull } from './row.ts';

/**
 * An UPDATE for the batch that takes entries out of the lists, or moves them to a newer revision:
 * what was encoded of the revisions that they had is to be encoded anew. It must stand before the
 * statement that changes the rows, where `rows` reads these, and the same batch must raise
 * `authorities.removals`, so that a list that is being built meanwhile is not kept.
 * @param authority SQL of the authority's id: a parameter or a column
 * @param rows a SELECT with the columns `revision` (as it was) and `crl_partition` (or NULL)
 */
export function markChunksStaleSql(authority: string, rows: string): string {
  return `UPDATE crl_chunks SET stale = 1
WHERE stale = 0 AND id IN (
  SELECT chunk.id FROM (${rows}) AS gone
  CROSS JOIN crl_chunks AS chunk ON chunk.authority_id = ${authority}
    AND chunk.crl_partition IN (-1, gone.crl_partition)
    AND chunk.last_revision >= gone.revision AND chunk.first_revision <= gone.revision)`;
}

/** Lists that are shorter come with all their chunks in one round trip. */
const MAX_BYTES_AT_ONCE = 1_500_000;
/** True within the batch that stored ?3 as the scope's list with these very chunks. */
const IS_COMMITTED = `EXISTS (
  SELECT 1 FROM revocation_lists
  WHERE authority_id = ?1 AND crl_partition = ?2 AND crl_number = ?3 AND chunks = ?4)`;

const INSERT = `INSERT INTO crl_chunks
  (authority_id, crl_partition, id, first_revision, last_revision, entries, bytes, body,
   superseded_at_ms)`;

export const CRL_CHUNK_SQL = {
  findChunks: `SELECT name.key AS place, chunk.id, chunk.first_revision, chunk.last_revision,
  chunk.entries, chunk.bytes, chunk.stale,
  CASE WHEN list.byte_length <= ${MAX_BYTES_AT_ONCE} THEN chunk.body END AS body
FROM revocation_lists AS list
CROSS JOIN json_each(list.chunks) AS name
CROSS JOIN crl_chunks AS chunk ON chunk.id = name.value
WHERE list.authority_id = ?1 AND list.crl_partition = ?2`,
  readChunk: 'SELECT body FROM crl_chunks WHERE id = ?1',
  findSpare: `SELECT id, first_revision, last_revision, entries, bytes
FROM crl_chunks
WHERE authority_id = ?1 AND crl_partition = ?2 AND last_revision BETWEEN ?3 AND ?4
  AND first_revision = ?3 AND stale = 0
ORDER BY last_revision DESC LIMIT 1`,
  insertSpare: `${INSERT}
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10 FROM authorities WHERE id = ?1 AND removals = ?9`,
  insertNamed: `${INSERT}
SELECT ?1, ?2, ?5, ?6, ?7, ?8, ?9, ?10, NULL WHERE ${IS_COMMITTED}`,
  claimNamed: `UPDATE crl_chunks SET superseded_at_ms = NULL
WHERE id IN (SELECT value FROM json_each(?4)) AND superseded_at_ms IS NOT NULL AND ${IS_COMMITTED}`,
  supersedeOthers: `UPDATE crl_chunks SET superseded_at_ms = ?5
WHERE authority_id = ?1 AND crl_partition = ?2 AND superseded_at_ms IS NULL
  AND id NOT IN (SELECT value FROM json_each(?4)) AND ${IS_COMMITTED}`,
  deleteSpare: `DELETE FROM crl_chunks WHERE id IN (
  SELECT id FROM crl_chunks WHERE superseded_at_ms < ?1 ORDER BY superseded_at_ms LIMIT ?2)`,
} as const;

/** As `insertSpare` and `insertNamed` bind it. */
export function chunkParameters(chunk: NewChunk): (string | number)[] {
  const { id, firstRevision, lastRevision, entries, bytes, entriesDer } = chunk;
  return [id, firstRevision, lastRevision, entries, bytes, entriesDer.toBase64()];
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

/** Rows of `findChunks`, in any order. */
export function readStoredChunks(rows: readonly Row[]): StoredChunk[] {
  return rows
    .toSorted((a, b) => readInteger(a, 'place') - readInteger(b, 'place'))
    .map((row) => ({
      ...readChunkRow(row),
      isStale: readInteger(row, 'stale') === 1,
      body: readTextOrNull(row, 'body'),
    }));
}

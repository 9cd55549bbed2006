import { COMPLETE } from '../lists/list-store.ts';
import { sql } from './sql.ts';

const STATE = `authorities.revocation_revision, authorities.removals, authorities.reserved_slots,
  list.number, list.crl_number, list.entries, list.base_number, list.base_revision, list.base_next_update_s,
  (SELECT MAX(revision) FROM revocations
    WHERE authority_id = :authorityId AND crl_partition = :crlPartition) AS revoked_revision,
  (SELECT MAX(revision) FROM released_holds
    WHERE authority_id = :authorityId AND crl_partition = :crlPartition) AS released_revision` as const;

const FROM_SCOPE = `FROM authorities LEFT JOIN revocation_lists AS list
  ON list.authority_id = authorities.id AND list.crl_partition = :crlPartition
WHERE authorities.id = :authorityId` as const;

const NO_DELTA = `delta_number = NULL, delta_revision = NULL, delta_this_update_s = NULL,
  delta_next_update_s = NULL, delta = NULL` as const;

export const CRL_SQL = {
  findState: sql(`SELECT ${STATE} ${FROM_SCOPE}`),
  findList: sql(`SELECT ${STATE}, list.revision, list.this_update_s, list.next_update_s,
  list.byte_length, list.head, list.trailer, json_array_length(list.chunks) AS chunk_count
${FROM_SCOPE}`),
  findDelta: sql(`SELECT ${STATE}, list.delta_number, list.delta_revision, list.delta_this_update_s,
  list.delta_next_update_s, list.delta
${FROM_SCOPE}`),
  swapList: sql(`INSERT INTO revocation_lists
  (authority_id, crl_partition, number, crl_number, revision, this_update_s, next_update_s, entries,
   byte_length, head, trailer, chunks, base_number, base_revision, base_next_update_s)
SELECT :authorityId, :crlPartition, :number, :number, :revision, :thisUpdateSeconds,
  :nextUpdateSeconds, :entries, :byteLength, :head, :trailer, :chunkIds, :number, :revision,
  :nextUpdateSeconds
FROM authorities
WHERE id = :authorityId AND removals = :removals
  AND (:number = 1 OR EXISTS (
    SELECT 1 FROM revocation_lists
    WHERE authority_id = :authorityId AND crl_partition = :crlPartition))
  AND NOT EXISTS (
    SELECT 1 FROM json_each(:storedChunkIds) AS stored
    WHERE NOT EXISTS (SELECT 1 FROM crl_chunks WHERE id = stored.value))
ON CONFLICT (authority_id, crl_partition) DO UPDATE SET number = excluded.number,
  crl_number = excluded.number, revision = excluded.revision,
  this_update_s = excluded.this_update_s, next_update_s = excluded.next_update_s,
  entries = excluded.entries, byte_length = excluded.byte_length, head = excluded.head,
  trailer = excluded.trailer, chunks = excluded.chunks,
  base_number = iif(:isBase, excluded.number, base_number),
  base_revision = iif(:isBase, excluded.revision, base_revision),
  base_next_update_s = iif(:isBase, excluded.next_update_s, base_next_update_s),
  ${NO_DELTA}
WHERE revocation_lists.number = excluded.number - 1`),
  swapDelta: sql(`UPDATE revocation_lists SET number = :number, delta_number = :number,
  delta_revision = :revision, delta_this_update_s = :thisUpdateSeconds,
  delta_next_update_s = :nextUpdateSeconds, delta = :delta
WHERE authority_id = :authorityId AND crl_partition = :crlPartition AND number = :number - 1
  AND base_number IS NOT NULL`),
  listEnding: sql(`SELECT crl_partition FROM revocation_lists
WHERE authority_id = :authorityId AND next_update_s <= :throughSeconds
  AND next_update_s < :endSeconds AND crl_partition >= 0 AND entries > 0
ORDER BY next_update_s LIMIT :limit`),
  raiseNumber: sql(`INSERT INTO revocation_lists (authority_id, crl_partition, number)
VALUES (:authorityId, ${COMPLETE}, :number)
ON CONFLICT (authority_id, crl_partition) DO UPDATE SET number = excluded.number,
  crl_number = NULL, revision = NULL, this_update_s = NULL, next_update_s = NULL, entries = NULL,
  byte_length = NULL, head = NULL, trailer = NULL,
  base_number = NULL, base_revision = NULL, base_next_update_s = NULL, ${NO_DELTA}
WHERE revocation_lists.number < excluded.number`),
} as const;

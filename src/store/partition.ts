import type { PartitionStore } from '../lists/partitions.ts';
import { writeRecord } from './d1.ts';
import { type Row, readInteger } from './row.ts';
import { sql } from './sql.ts';

export const PARTITION_SQL = {
  reserve: sql(`UPDATE authorities SET reserved_slots = reserved_slots + :count
WHERE id = :authorityId
RETURNING reserved_slots`),
} as const;

export function createPartitionStore(db: D1Database): PartitionStore {
  return {
    async reserveSlots(authorityId, count) {
      const reserve = PARTITION_SQL.reserve.prepare(db, { authorityId, count });
      const row = await writeRecord(() => reserve.first<Row>());
      return row === null ? null : readInteger(row, 'reserved_slots') - count;
    },
  };
}

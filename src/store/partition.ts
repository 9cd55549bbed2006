import type { PartitionStore } from '../lists/partitions.ts';
import { writeRecord } from './d1.ts';
import { type Row, readInteger } from './row.ts';

export const PARTITION_SQL = {
  reserve: `UPDATE authorities SET reserved_slots = reserved_slots + ?2 WHERE id = ?1
RETURNING reserved_slots`,
} as const;

export function createPartitionStore(db: D1Database): PartitionStore {
  return {
    async reserveSlots(authorityId, count) {
      const reserve = db.prepare(PARTITION_SQL.reserve).bind(authorityId, count);
      const row = await writeRecord(() => reserve.first<Row>());
      return row === null ? null : readInteger(row, 'reserved_slots') - count;
    },
  };
}

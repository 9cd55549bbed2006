import type { FreeSlotStore, PartitionStore } from '../lists/partitions.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readInteger } from './row.ts';
import { sql } from './sql.ts';

export const PARTITION_SQL = {
  reserve: sql(`UPDATE authorities SET reserved_slots = reserved_slots + :count
WHERE id = :authorityId
RETURNING reserved_slots`),
  find: sql('SELECT reserved_slots FROM authorities WHERE id = :authorityId'),
} as const;

export function createPartitionStore(db: Database): PartitionStore & FreeSlotStore {
  return {
    async reserveSlots(authorityId, count) {
      const reserve = PARTITION_SQL.reserve.prepare(db, { authorityId, count });
      const row = await writeRecord(() => reserve.first<Row>());
      return row === null ? null : readInteger(row, 'reserved_slots') - count;
    },
    async findFreeSlot(authorityId) {
      const find = PARTITION_SQL.find.prepare(db, { authorityId });
      const row = await readRecord(() => find.first<Row>());
      return row === null ? null : readInteger(row, 'reserved_slots');
    },
  };
}

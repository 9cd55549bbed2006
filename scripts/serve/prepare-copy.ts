import { DatabaseSync } from 'node:sqlite';
import { BACKUP_TABLE } from './backup-mark.ts';

/**
 * Lists made after the backup had numbers that the backup does not know, and CRL numbers must rise
 * (RFC 5280 section 5.2.3). No authority makes so many lists between two backups.
 */
export const CRL_NUMBER_JUMP = 1_000_000;
/** Certificates issued after the backup name partitions that must not be used again. */
const PARTITION_SLOTS_JUMP = 10_000_000;

/** Makes a copy usable: numbers that were used after the backup are not used again. */
export function prepareCopy(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(`BEGIN;
DROP TABLE ${BACKUP_TABLE};
INSERT INTO revocation_lists (authority_id, crl_partition, number)
  SELECT id, -1, 0 FROM authorities WHERE true ON CONFLICT DO NOTHING;
UPDATE revocation_lists SET number = number + ${CRL_NUMBER_JUMP}, crl_number = NULL, revision = NULL,
  this_update_s = NULL, next_update_s = NULL, entries = NULL, byte_length = NULL, head = NULL,
  trailer = NULL, chunks = '[]', base_number = NULL, base_revision = NULL, base_next_update_s = NULL,
  delta_number = NULL, delta_revision = NULL, delta_this_update_s = NULL, delta_next_update_s = NULL,
  delta = NULL;
DELETE FROM crl_chunks;
UPDATE authorities SET reserved_slots = reserved_slots + ${PARTITION_SLOTS_JUMP};
COMMIT`);
  } finally {
    database.close();
  }
}

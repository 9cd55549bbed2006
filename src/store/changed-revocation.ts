import type { ChangedRevocation } from '../revocation/store.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';

/** Reads a row of the columns authority_id, serial, crl_partition and revision. */
export function readChangedRevocation(row: Row): ChangedRevocation {
  return {
    authorityId: readText(row, 'authority_id'),
    serialHex: readText(row, 'serial'),
    crlPartition: readIntegerOrNull(row, 'crl_partition'),
    revision: readInteger(row, 'revision'),
  };
}

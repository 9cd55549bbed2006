import { concatBytes, encodeUtf8, sha256Hex } from '../bytes.ts';
import type { AuditRow } from './store.ts';

/** The hash before the first event. */
export const GENESIS_HASH_HEX = '00'.repeat(32);

/**
 * Returns the bytes of an event that its hash covers: a JSON array of the fields in a fixed order.
 * Different events have different bytes.
 */
export function canonicalEvent(row: Omit<AuditRow, 'hashHex'>): Uint8Array {
  return encodeUtf8(
    JSON.stringify([
      row.position,
      row.atMs,
      row.accountId,
      row.actor,
      row.action,
      row.outcome,
      row.authorityId,
      row.target,
      row.detail,
      row.requestId,
      row.remoteAddress,
      row.country,
    ]),
  );
}

/** Returns hash(i) = SHA-256(hash(i - 1) ‖ canonical event i), in hex. */
export function chainHash(
  previousHashHex: string,
  row: Omit<AuditRow, 'hashHex'>,
): Promise<string> {
  return sha256Hex(concatBytes(Uint8Array.fromHex(previousHashHex), canonicalEvent(row)));
}

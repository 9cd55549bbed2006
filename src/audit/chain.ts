import { concatBytes, encodeUtf8, sha256Hex } from '../bytes.ts';
import type { AuditHead, AuditRow } from './store.ts';

/** What the first event is chained to. */
export const GENESIS_HASH_HEX = '00'.repeat(32);

/**
 * The bytes of an event that the chain covers: its fields in a fixed order as a JSON array, so that
 * no two different events have the same bytes.
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

/** hash(i) = SHA-256(hash(i - 1) ‖ canonical event i), in hex. */
export function chainHash(
  previousHashHex: string,
  row: Omit<AuditRow, 'hashHex'>,
): Promise<string> {
  return sha256Hex(concatBytes(Uint8Array.fromHex(previousHashHex), canonicalEvent(row)));
}

/** What a checkpoint signs: ASCII, and by its first byte never the DER of a certificate or a list. */
export function checkpointMessage(head: AuditHead, signedAtMs: number): Uint8Array {
  return encodeUtf8(`signet-audit-checkpoint-v1\n${head.position}\n${head.hashHex}\n${signedAtMs}`);
}

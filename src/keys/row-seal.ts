import type { Sealer } from './sealing.ts';

/**
 * Makes the seal of a row that gives power: who can write to the database, but holds no sealing key,
 * cannot make one.
 * @param recordId names everything that the row permits
 * @throws SignetError sealing-unavailable if no SEALING_KEY is set
 */
export function sealRow(sealer: Sealer, recordId: string): Promise<string> {
  return sealer.seal(recordId, new Uint8Array(0));
}

/**
 * Checks the seal of a row.
 * @param seal null for a row without one, which is refused
 * @throws SignetError sealing-unavailable if it was not made by `sealRow` with this record id
 */
export async function checkRowSeal(
  sealer: Sealer,
  recordId: string,
  seal: string | null,
): Promise<void> {
  await sealer.open(recordId, seal ?? '');
}

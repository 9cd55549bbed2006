import {
  deleteExpiredIdempotencyKeys,
  type IdempotencyDependencies,
} from '../access/idempotency.ts';
import { deleteExpiredNonces, type NonceDependencies } from '../access/nonces.ts';
import {
  type DeleteExpiredDependencies,
  deleteExpiredBodies,
  deleteExpiredHolders,
} from '../issuance/delete-expired.ts';

export interface CleanUpDependencies {
  readonly certificates: DeleteExpiredDependencies;
  readonly idempotency: Pick<IdempotencyDependencies, 'store' | 'clock'>;
  readonly nonces: NonceDependencies;
}

/** Rows of each kind that went, and whether some of any kind may be left for the next run. */
export interface CleanUpReport {
  readonly certificateBodies: number;
  readonly subjects: number;
  readonly nonces: number;
  readonly idempotencyKeys: number;
  readonly more: boolean;
}

/** A statement takes so many at most, so that none holds the database up. */
const ROWS = 1000;
/** With four kinds, a run stays under the 50 queries that it has on the smallest plan. */
const ROUNDS = 5;

/**
 * Removes what has no further use, 5000 rows of each kind in one run at most.
 * @throws SignetError record-unavailable
 */
export async function cleanUp({
  certificates,
  idempotency,
  nonces,
}: CleanUpDependencies): Promise<CleanUpReport> {
  const bodies = await repeat((limit) => deleteExpiredBodies(certificates, limit));
  const subjects = await repeat((limit) => deleteExpiredHolders(certificates, limit));
  const used = await repeat((limit) => deleteExpiredNonces(nonces, limit));
  const keys = await repeat((limit) => deleteExpiredIdempotencyKeys(idempotency, limit));
  return {
    certificateBodies: bodies,
    subjects,
    nonces: used,
    idempotencyKeys: keys,
    more: [bodies, subjects, used, keys].some((count) => count >= ROWS * ROUNDS),
  };
}

async function repeat(remove: (limit: number) => Promise<number>): Promise<number> {
  let removed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const count = await remove(ROWS);
    removed += count;
    if (count < ROWS) break;
  }
  return removed;
}

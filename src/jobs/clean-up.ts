import {
  deleteExpiredIdempotencyKeys,
  type IdempotencyDependencies,
} from '../access/idempotency.ts';
import { deleteExpiredNonces, type NonceDependencies } from '../access/nonces.ts';
import type { Sessions } from '../access/sessions.ts';
import type { ExpiredOrderStore } from '../acme/certificate-store.ts';
import {
  type DeleteExpiredDependencies,
  deleteExpiredBodies,
  deleteExpiredCounted,
  deleteExpiredHolders,
} from '../issuance/delete-expired.ts';

export interface CleanUpDependencies {
  readonly certificates: DeleteExpiredDependencies;
  readonly idempotency: Pick<IdempotencyDependencies, 'store' | 'clock'>;
  readonly nonces: NonceDependencies;
  readonly sessions: Pick<Sessions, 'deleteEnded'>;
  readonly acme: { readonly store: ExpiredOrderStore; readonly clock: () => number };
}

/** The number of deleted rows of each kind. `more` tells whether some may be left for the next run. */
export interface CleanUpReport {
  readonly certificateBodies: number;
  readonly subjects: number;
  readonly policyCertificates: number;
  readonly acmeOrders: number;
  readonly acmeAuthorizations: number;
  readonly nonces: number;
  readonly idempotencyKeys: number;
  readonly sessions: number;
  readonly more: boolean;
}

/** The limit of one statement, so that none blocks the database for long. */
const ROWS = 1000;
/** Nine kinds take at most 45 queries; the free plan allows 50 per run. */
const ROUNDS = 5;

/**
 * Deletes data that is no longer needed, at most 5000 rows of each kind.
 * @throws SignetError record-unavailable
 */
export async function cleanUp({
  certificates,
  idempotency,
  nonces,
  sessions,
  acme,
}: CleanUpDependencies): Promise<CleanUpReport> {
  const bodies = await repeat((limit) => deleteExpiredBodies(certificates, limit));
  const subjects = await repeat((limit) => deleteExpiredHolders(certificates, limit));
  const counted = await repeat((limit) => deleteExpiredCounted(certificates, limit));
  const nowSeconds = Math.floor(acme.clock() / 1000);
  const orders = await repeat((limit) => acme.store.deleteOrders(nowSeconds, limit));
  const authorizations = await repeat((limit) =>
    acme.store.deleteAuthorizations(nowSeconds, limit),
  );
  const used = await repeat((limit) => deleteExpiredNonces(nonces, limit));
  const keys = await repeat((limit) => deleteExpiredIdempotencyKeys(idempotency, limit));
  const ended = await repeat((limit) => sessions.deleteEnded(limit));
  return {
    certificateBodies: bodies,
    subjects,
    policyCertificates: counted,
    acmeOrders: orders,
    acmeAuthorizations: authorizations,
    nonces: used,
    idempotencyKeys: keys,
    sessions: ended,
    more: [bodies, subjects, counted, orders, authorizations, used, keys, ended].some(
      (count) => count >= ROWS * ROUNDS,
    ),
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

/** Deletes data that is no longer needed once certificates have expired. */
export interface ExpiredCertificateStore {
  /**
   * Deletes the bodies of at most `limit` certificates that expired before the given time; the rest
   * of their record stays. Returns their number.
   */
  deleteBodies(expiredBeforeSeconds: number, limit: number): Promise<number>;
  /**
   * Deletes the subject holders of at most `limit` certificates that expired before the given time.
   * Returns their number.
   */
  deleteHolders(expiredBeforeSeconds: number, limit: number): Promise<number>;
  /** Deletes at most `limit` rows that counted expired certificates for policies. Returns their number. */
  deleteCounted(expiredBeforeSeconds: number, limit: number): Promise<number>;
}

export interface DeleteExpiredDependencies {
  readonly store: ExpiredCertificateStore;
  /** Unix ms. */
  readonly clock: () => number;
  /** How long a certificate's body is kept after its expiry. */
  readonly retentionSeconds: number;
}

/**
 * Deletes bodies of certificates whose retention time has passed. The serial numbers stay forever,
 * so that OCSP never calls a certificate unknown that it once called good.
 * @throws SignetError record-unavailable
 */
export function deleteExpiredBodies(
  { store, clock, retentionSeconds }: DeleteExpiredDependencies,
  limit: number,
): Promise<number> {
  return store.deleteBodies(nowSeconds(clock) - retentionSeconds, limit);
}

/** Deletes the subject holders of expired certificates. @throws SignetError record-unavailable */
export function deleteExpiredHolders(
  { store, clock }: DeleteExpiredDependencies,
  limit: number,
): Promise<number> {
  return store.deleteHolders(nowSeconds(clock), limit);
}

/** Deletes what counted expired certificates for the limits of policies. @throws SignetError record-unavailable */
export function deleteExpiredCounted(
  { store, clock }: DeleteExpiredDependencies,
  limit: number,
): Promise<number> {
  return store.deleteCounted(nowSeconds(clock), limit);
}

function nowSeconds(clock: () => number): number {
  return Math.floor(clock() / 1000);
}

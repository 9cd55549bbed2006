/** What the record can do without, once certificates have expired. */
export interface ExpiredCertificateStore {
  /**
   * Empties the bodies of at most `limit` certificates that expired before; whatever else is
   * recorded of them stays. Answers how many.
   */
  dropBodies(expiredBeforeSeconds: number, limit: number): Promise<number>;
  /** Deletes at most `limit` rows of subjects that such a certificate held. Answers how many. */
  dropHolders(expiredBeforeSeconds: number, limit: number): Promise<number>;
}

export interface ForgetExpiredDependencies {
  readonly store: ExpiredCertificateStore;
  /** Unix ms. */
  readonly clock: () => number;
  /** How long the body of a certificate is kept behind its expiry. */
  readonly retentionSeconds: number;
}

/**
 * Drops bodies that were kept long enough. A serial number that was issued stays known for ever, so
 * that OCSP never calls one unknown that it once called good.
 * @throws SignetError record-unavailable
 */
export function dropOldBodies(
  { store, clock, retentionSeconds }: ForgetExpiredDependencies,
  limit: number,
): Promise<number> {
  return store.dropBodies(nowSeconds(clock) - retentionSeconds, limit);
}

/** Forgets which subjects expired certificates held. @throws SignetError record-unavailable */
export function dropExpiredHolders(
  { store, clock }: ForgetExpiredDependencies,
  limit: number,
): Promise<number> {
  return store.dropHolders(nowSeconds(clock), limit);
}

function nowSeconds(clock: () => number): number {
  return Math.floor(clock() / 1000);
}

import type { Principal } from '../access/principal.ts';
import type { RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import type { EdgePurge } from './edge-purge.ts';
import { REVOCATION_REASONS, type RevocationReason } from './reasons.ts';
import type { RevocationStore } from './store.ts';

export interface RevocationDependencies {
  readonly store: RevocationStore;
  readonly edge: EdgePurge;
  /** Unix ms. */
  readonly clock: () => number;
}

export interface RevocationRequest {
  readonly authorityId: string;
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
  readonly reason: RevocationReason;
  /** When the key became unsafe, as far as known (RFC 5280 section 5.3.2). */
  readonly invalidityDateSeconds: number | null;
  readonly principal: Principal;
  readonly request: RequestContext;
}

export interface Revoked {
  readonly revokedAtSeconds: number;
}

/**
 * Revokes a certificate permanently, or with certificateHold until it is released. Every CRL built
 * after this returned contains it. A certificate on hold can be revoked for another reason, and then
 * counts as revoked from that moment. keyCompromise blocks the key permanently, even if the certificate
 * is revoked already and this is refused.
 * @throws SignetError certificate-not-found; already-revoked; invalid-parameter for an invalidity date
 *   that is not a whole second between 1970 and now
 */
export async function revokeCertificate(
  { store, edge, clock }: RevocationDependencies,
  revocation: RevocationRequest,
): Promise<Revoked> {
  const { authorityId, serialHex, reason, invalidityDateSeconds, principal } = revocation;
  const atMs = clock();
  const revokedAtSeconds = Math.floor(atMs / 1000);
  if (invalidityDateSeconds !== null) {
    checkInvalidityDate(invalidityDateSeconds, revokedAtSeconds);
  }
  const outcome = await store.commitRevocation({
    authorityId,
    serialHex,
    revokedAtSeconds,
    reason: REVOCATION_REASONS[reason],
    invalidityDateSeconds,
    accountId: principal.accountId,
    grant: principal.grant,
    audit: {
      atMs,
      accountId: principal.accountId,
      actor: principal.actor,
      action: 'certificate.revoke',
      outcome: 'done',
      authorityId,
      target: serialHex,
      detail: { reason, ...(invalidityDateSeconds === null ? {} : { invalidityDateSeconds }) },
      request: revocation.request,
    },
  });
  switch (outcome.kind) {
    case 'revoked': {
      const { crlPartition, revision } = outcome;
      await edge.purge(
        { revocations: [{ authorityId, crlPartition, serialHex, revision }] },
        revocation.request,
      );
      return { revokedAtSeconds };
    }
    case 'already-revoked':
      throw new SignetError('already-revoked', 'The certificate is revoked already.', {
        field: 'serial',
      });
    case 'key-blocked':
      throw new SignetError(
        'already-revoked',
        'The certificate is revoked already. Its key is blocked.',
        { field: 'serial' },
      );
    case 'not-found':
      throw new SignetError(
        'certificate-not-found',
        'The authority has issued no certificate with this serial number.',
        { field: 'serial' },
      );
  }
}

function checkInvalidityDate(invalidityDateSeconds: number, nowSeconds: number): void {
  if (
    Number.isSafeInteger(invalidityDateSeconds) &&
    invalidityDateSeconds >= 0 &&
    invalidityDateSeconds <= nowSeconds
  ) {
    return;
  }
  throw new SignetError(
    'invalid-parameter',
    "'invalidityDate' must be between 1970 and now: the time since which the key may be unsafe.",
    { field: 'invalidityDate' },
  );
}

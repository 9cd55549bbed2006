import type { Grant, Principal } from '../access/principal.ts';
import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import type { RecordedCertificate } from '../issuance/store.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { findSubjectKey } from '../x509/names/name-comparison.ts';
import type { EdgePurge } from './edge-purge.ts';
import type { ChangedRevocation } from './store.ts';

export interface ReleaseCommit {
  readonly authorityId: string;
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
  /** See findSubjectKey; null if the subject need not be unique. */
  readonly uniqueSubject: string | null;
  readonly releasedAtSeconds: number;
  /** Finds only certificates of this account; `root` finds all. */
  readonly accountId: string;
  /** Checked in the same batch. */
  readonly grant: Grant | null;
  readonly audit: AuditEvent;
}

export type ReleaseOutcome =
  | ({ readonly kind: 'released' } & Pick<ChangedRevocation, 'crlPartition' | 'revision'>)
  | { readonly kind: 'not-found' | 'not-on-hold' | 'held-by-root' | 'subject-held' };

export interface ReleaseStore {
  /**
   * One atomic batch: deletes the revocation, records the release for delta lists under the authority's
   * next revocation revision, marks the chunk of its entry as stale, and writes the audit event. Writes
   * nothing except for 'released'.
   * @throws SignetError if the grant does not hold
   */
  commitRelease(commit: ReleaseCommit): Promise<ReleaseOutcome>;
}

export interface ReleaseDependencies {
  readonly store: ReleaseStore;
  readonly edge: EdgePurge;
  /** Unix ms. */
  readonly clock: () => number;
}

export interface ReleaseRequest {
  readonly certificate: RecordedCertificate;
  readonly principal: Principal;
  readonly request: RequestContext;
}

/**
 * Releases a certificate from hold. No CRL built after this returned contains it.
 * @throws SignetError certificate-not-found; not-on-hold; forbidden if the account `root` put it on hold
 *   and another account asks; subject-already-certified if its subject may have one valid certificate
 *   and got another one meanwhile
 */
export async function releaseCertificate(
  { store, edge, clock }: ReleaseDependencies,
  { certificate, principal, request }: ReleaseRequest,
): Promise<{ readonly releasedAtSeconds: number }> {
  const { authorityId, serialHex } = certificate;
  const atMs = clock();
  const releasedAtSeconds = Math.floor(atMs / 1000);
  const outcome = await store.commitRelease({
    authorityId,
    serialHex,
    uniqueSubject: uniqueSubjectOf(certificate, releasedAtSeconds),
    releasedAtSeconds,
    accountId: principal.accountId,
    grant: principal.grant,
    audit: {
      atMs,
      accountId: principal.accountId,
      actor: principal.actor,
      action: 'certificate.release',
      outcome: 'done',
      authorityId,
      target: serialHex,
      detail: {},
      request,
    },
  });
  switch (outcome.kind) {
    case 'released': {
      const { crlPartition, revision } = outcome;
      await edge.purge(
        { revocations: [{ authorityId, crlPartition, serialHex, revision }] },
        request,
      );
      return { releasedAtSeconds };
    }
    case 'not-found':
      throw new SignetError(
        'certificate-not-found',
        'There is no certificate with this serial number.',
        {
          field: 'serial',
        },
      );
    case 'not-on-hold':
      throw new SignetError(
        'not-on-hold',
        'Only a certificate that was revoked for certificateHold can be released.',
        { field: 'serial' },
      );
    case 'held-by-root':
      throw new SignetError(
        'forbidden',
        'The account root put the certificate on hold. Only it can release the certificate.',
      );
    case 'subject-held':
      throw new SignetError(
        'subject-already-certified',
        'The subject got another certificate while this one was on hold. Revoke that one first, or leave this one revoked.',
        { field: 'serial' },
      );
  }
}

/** Only certificates of the openssl-ca dialect and imported ones are bound to one per subject. */
function uniqueSubjectOf(
  { origin, certificateDer, notAfterSeconds }: RecordedCertificate,
  nowSeconds: number,
): string | null {
  const isBound = origin === 'openssl-ca' || origin === 'import';
  if (!isBound || certificateDer === null || notAfterSeconds < nowSeconds) return null;
  return findSubjectKey(parseCertificate(certificateDer).subjectDer);
}

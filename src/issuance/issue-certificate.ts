import type { Caller } from '../access/caller.ts';
import type { NonceUse } from '../access/nonces.ts';
import type { Authority } from '../authorities/authority.ts';
import type { ExternalCaInstance } from '../authorities/external-ca-instance.ts';
import { sha256Hex } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { TakePartition } from '../lists/partitions.ts';
import type { OpenBounds } from '../policy/bounds.ts';
import { PolicyChanged } from '../policy/policy-changed.ts';
import { listTerms } from '../search/terms.ts';
import {
  generateSerial,
  type RandomBytes,
  serialToHex,
} from '../x509/certificate/serial-number.ts';
import { findSubjectKey } from '../x509/names/name-comparison.ts';
import { formatName } from '../x509/names/names.ts';
import { requireAccess } from './access-rule.ts';
import { approveBounded } from './approve-bounded.ts';
import { type CertificateDraft, isCaDraft } from './certificate-draft.ts';
import { explainOutcome } from './explain-outcome.ts';
import type { InstanceLimits } from './instance-rule.ts';
import { openIssuer } from './last-gate.ts';
import { requireValidNow } from './require-issuer.ts';
import { signCertificate } from './sign-certificate.ts';
import type {
  FulfilledOrder,
  IssuanceCommit,
  IssuanceOutcome,
  IssuanceStore,
  Origin,
} from './store.ts';

export interface IssuanceDependencies {
  readonly store: IssuanceStore;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  readonly publicationUrl: string;
  readonly takePartition: TakePartition;
  /**
   * The generation that signs now, of the authority that `id` is a generation of.
   * @throws SignetError authority-not-found, authority-unavailable, record-unavailable
   */
  openAuthority(id: string): Promise<Authority>;
  readonly openBounds: OpenBounds;
  /** Reads the authority again, because it is no longer as it was opened. */
  reopenAuthority(authority: Authority): Promise<Authority>;
}

/** One certificate to issue. What differs between kinds of certificates is data in here. */
export interface IssuanceOrder extends Caller {
  readonly authorityId: string;
  /** Checks the request and drafts the certificate. @throws SignetError with the reason */
  draft(authority: Authority, nowSeconds: number): Promise<CertificateDraft>;
  /** The name that the record gives to this kind of certificate. */
  readonly profile: string;
  /** The door that the request came through. */
  readonly origin: Origin;
  /** Whether the subject may have one valid certificate only. */
  readonly uniqueSubject: boolean;
  /** The certificate's UUID, or null. */
  readonly identifier: string | null;
  /** The client's own name of the certificate, unique in its account; or null. */
  readonly customIdentifier: string | null;
  /** The instance for an external CA that is used up, or null. Its owner may use its authority. */
  readonly instance: (InstanceLimits & Pick<ExternalCaInstance, 'id'>) | null;
  /** The ACME order that is fulfilled, or null. */
  readonly acmeOrder: FulfilledOrder | null;
  /** The nonce that is used up, or null. */
  readonly nonce: NonceUse | null;
}

export interface Issuance {
  /** The generation that signed. */
  readonly authorityId: string;
  readonly serialHex: string;
  readonly certificateDer: Uint8Array;
  /** Issuer first, root last. */
  readonly chainDer: readonly Uint8Array[];
  /** If the issuer is a re-keyed root: its key, certified by its older key. Else null. */
  readonly crossCertificateDer: Uint8Array | null;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

export type Issue = (order: IssuanceOrder) => Promise<Issuance>;

/** A collision of 128 random bits means a broken source of randomness. Give up soon. */
const MAX_SERIAL_ATTEMPTS = 3;

/**
 * Issues a certificate: opens the authority, checks and drafts, passes the last gate, reserves a
 * place in the authority's CRLs, signs, and commits. If the authority or a policy was changed meanwhile,
 * all of it is done once more with both as they are now.
 * @throws SignetError with the reason; no certificate is let out then
 */
export function createIssue(dependencies: IssuanceDependencies): Issue {
  const { store, clock, randomBytes, publicationUrl, takePartition, openBounds } = dependencies;

  return async function issueCertificate(order) {
    const held = await dependencies.openAuthority(order.authorityId);
    try {
      return await issueBy(held, order);
    } catch (error) {
      if (error instanceof PolicyChanged) return issueBy(held, await refreshBounds(held, order));
      if (!(error instanceof SignetError) || error.code !== 'authority-unavailable') throw error;
      const current = await dependencies.reopenAuthority(held);
      if (isUnchanged(held, current)) throw error;
      return issueBy(current, order);
    }
  };

  /** Reads the policies again. Returns the order with the policy that its caller has now. */
  async function refreshBounds(
    { lineageId }: Authority,
    order: IssuanceOrder,
  ): Promise<IssuanceOrder> {
    const { principal } = order;
    const { callerPolicyId } = await openBounds.reopen(principal, lineageId);
    return { ...order, principal: { ...principal, policyId: callerPolicyId } };
  }

  async function issueBy(authority: Authority, order: IssuanceOrder): Promise<Issuance> {
    const { principal, instance } = order;
    if (instance === null) requireAccess(authority.accountId, authority.lineageId, principal);
    const issuer = openIssuer(authority);
    const nowMs = clock();
    const nowSeconds = Math.floor(nowMs / 1000);
    // Before the request is looked at, which could not fit into a validity that is over.
    requireValidNow(issuer, nowSeconds);
    const draft = await order.draft(authority, nowSeconds);
    const request = { draft, issuer, instance, principal, nowSeconds };
    const { approved, bounds } = await approveBounded(openBounds, request);
    const crlPartition = await takePartition(authority.generationId);
    if (crlPartition === null) throw explainOutcome('authority-changed', bounds);

    const { notBeforeSeconds, notAfterSeconds } = draft;
    const subject = formatName(draft.subjectDer);
    let outcome: IssuanceOutcome = 'serial-taken';
    for (let attempt = 0; attempt < MAX_SERIAL_ATTEMPTS && outcome === 'serial-taken'; attempt++) {
      const serial = generateSerial(randomBytes);
      const serialHex = serialToHex(serial);
      const place = { serial, publicationUrl, crlPartition };
      const certificateDer = await signCertificate(approved, place);
      outcome = await store.commitIssuance({
        certificate: {
          authorityId: authority.generationId,
          serialHex,
          subject,
          publicKeyIdHex: draft.publicKeyIdHex,
          certificateDer,
          profile: order.profile,
          origin: order.origin,
          accountId: principal.accountId,
          notBeforeSeconds,
          notAfterSeconds,
          issuedAtMs: nowMs,
        },
        terms: listTerms({
          subject,
          altNames: draft.subjectAltNames,
          lineageId: authority.lineageId,
          profile: order.profile,
          sha256Hex: await sha256Hex(certificateDer),
        }),
        issuerChainSha256Hex: authority.chainSha256Hex,
        crlPartition,
        bounds,
        ...describeParts(order, draft),
        audit: {
          atMs: nowMs,
          accountId: principal.accountId,
          actor: principal.actor,
          action: 'certificate.issue',
          outcome: 'done',
          authorityId: authority.generationId,
          target: serialHex,
          detail: describeDetail(order, subject),
          request: order.request,
        },
      });
      if (outcome !== 'committed') continue;
      return {
        authorityId: authority.generationId,
        serialHex,
        certificateDer,
        chainDer: [authority.certificateDer, ...authority.chainDer],
        crossCertificateDer: authority.chainDer.length > 0 ? null : authority.crossCertificateDer,
        notBeforeSeconds,
        notAfterSeconds,
      };
    }
    throw explainOutcome(outcome, bounds);
  }
}

function isUnchanged(held: Authority, current: Authority): boolean {
  return (
    held.chainSha256Hex === current.chainSha256Hex &&
    held.state === current.state &&
    describeRefusal(held) === describeRefusal(current)
  );
}

function describeRefusal({ signing }: Authority): string | null {
  return 'refusal' in signing ? signing.refusal.message : null;
}

function describeParts(
  {
    uniqueSubject,
    identifier,
    customIdentifier,
    instance,
    acmeOrder,
    nonce,
    principal,
  }: IssuanceOrder,
  draft: CertificateDraft,
): Pick<
  IssuanceCommit,
  | 'subjectKey'
  | 'isCa'
  | 'uniqueSubject'
  | 'identifier'
  | 'customIdentifier'
  | 'instanceId'
  | 'acmeOrder'
  | 'nonce'
  | 'grant'
> {
  const subjectKey = findSubjectKey(draft.subjectDer);
  return {
    subjectKey,
    isCa: isCaDraft(draft),
    uniqueSubject: uniqueSubject ? subjectKey : null,
    identifier,
    customIdentifier,
    instanceId: instance?.id ?? null,
    acmeOrder,
    nonce,
    grant: principal.grant,
  };
}

function describeDetail(
  { profile, instance, acmeOrder }: IssuanceOrder,
  subject: string,
): IssuanceCommit['audit']['detail'] {
  return {
    subject,
    profile,
    ...(instance === null ? {} : { instance: instance.id }),
    ...(acmeOrder === null ? {} : { acmeOrder: acmeOrder.id }),
  };
}

import type { Caller } from '../access/caller.ts';
import type { NonceUse } from '../access/nonces.ts';
import { accessOf } from '../access/principal.ts';
import { randomUuid } from '../access/random-text.ts';
import {
  type ExternalCaInstanceStore,
  instanceNotFound,
  instanceRecordId,
  instanceUsed,
} from '../authorities/external-ca-instance.ts';
import { checkRowSeal } from '../keys/row-seal.ts';
import type { Sealer } from '../keys/sealing.ts';
import { decodeCsr } from '../x509/certificate/csr.ts';
import { parseExtendedKeyUsage } from '../x509/certificate/extended-key-usages.ts';
import type { RandomBytes } from '../x509/certificate/serial-number.ts';
import { encodeSubjectFields, type SubjectFields } from '../x509/names/subject-fields.ts';
import { draftSubordinate } from './draft-subordinate.ts';
import type { Issue } from './issue-certificate.ts';
import type { IdentifiedIssuance } from './issue-leaf.ts';
import type { Origin } from './store.ts';

export interface ExternalCaDependencies {
  readonly store: Pick<ExternalCaInstanceStore, 'findInstance'>;
  readonly sealer: Sealer;
  readonly issue: Issue;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

export interface ExternalCaRequest extends Caller {
  readonly instanceId: string;
  /** The name that the record gives to this kind of certificate. */
  readonly profile: string;
  readonly origin: Origin;
  /** PEM, possibly with text around it. */
  readonly csr: string;
  /** See resolveValidity. */
  readonly validity: string;
  /** Instead of the subject of the CSR; null for that one. */
  readonly subject: SubjectFields | null;
  /** Instead of that of the CSR; null for that one or, if it has none, the instance's longest. */
  readonly pathLenConstraint: number | null;
  /** Names or OIDs, instead of those of the CSR; null for those. */
  readonly extendedKeyUsages: readonly string[] | null;
  readonly nonce: NonceUse;
}

/**
 * Issues the certificate of a CA whose key is kept elsewhere, and uses up an instance for it: within
 * the limits of the instance, by the instance's authority.
 * @throws SignetError instance-not-found, instance-used; sealing-unavailable if another program changed
 *   the instance; and as Issue does
 */
export function createExternalCaIssuer(dependencies: ExternalCaDependencies) {
  const { store, sealer, issue, clock, randomBytes } = dependencies;

  return async function issueExternalCa(asked: ExternalCaRequest): Promise<IdentifiedIssuance> {
    const { instanceId, principal, request, nonce, profile, origin } = asked;
    const instance = await store.findInstance(instanceId, accessOf(principal, clock()));
    if (instance === null) throw instanceNotFound();
    if (instance.state !== 'BUY') throw instanceUsed();
    await checkRowSeal(sealer, instanceRecordId(instance), instance.seal);
    const wanted = {
      csrDer: decodeCsr(asked.csr),
      subjectDer: asked.subject === null ? null : encodeSubjectFields(asked.subject),
      validity: asked.validity,
      pathLenConstraint: asked.pathLenConstraint,
      defaultPathLength: instance.maxPathLength,
      extendedKeyUsages: asked.extendedKeyUsages?.map(parseExtendedKeyUsage) ?? null,
    };
    const identifier = randomUuid(randomBytes);
    const issued = await issue({
      authorityId: instance.authorityId,
      draft: (authority, nowSeconds) => draftSubordinate(authority, wanted, nowSeconds),
      profile,
      origin,
      uniqueSubject: false,
      identifier,
      customIdentifier: null,
      instance,
      acmeOrder: null,
      nonce,
      principal,
      request,
    });
    return { ...issued, identifier };
  };
}

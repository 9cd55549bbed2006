import type { NonceUse } from '../access/nonces.ts';
import { accessOf, type Principal } from '../access/principal.ts';
import type { RequestContext } from '../audit/event.ts';
import type { Authority } from '../authorities/authority.ts';
import type { ExternalCaInstanceStore } from '../authorities/external-ca-instance.ts';
import { instanceNotFound } from '../authorities/external-ca-instances.ts';
import { SignetError } from '../errors.ts';
import { decodeCsr } from '../x509/certificate/csr.ts';
import { parseExtendedKeyUsage } from '../x509/certificate/extended-key-usages.ts';
import { encodeSubjectFields, type SubjectFields } from '../x509/names/subject-fields.ts';
import {
  type IssuedSubordinate,
  instanceUsed,
  type SubordinateIssuance,
} from './issue-subordinate.ts';

export interface ExternalCaDependencies {
  readonly store: Pick<ExternalCaInstanceStore, 'findInstance'>;
  openAuthority(id: string): Promise<Authority>;
  /** The same as it is by now, after it was found to be another than the one held. */
  reopenAuthority(authority: Authority): Promise<Authority>;
  issueSubordinate(issuance: SubordinateIssuance): Promise<IssuedSubordinate>;
  /** Unix ms. */
  readonly clock: () => number;
}

export interface ExternalCaRequest {
  readonly instanceId: string;
  /** PEM, possibly with text around it. */
  readonly csr: string;
  /** See resolveValidity. */
  readonly validity: string;
  /** Instead of the request's subject; null for that one. */
  readonly subject: SubjectFields | null;
  /** Instead of the request's; null for that one and, where it has none, the instance's most. */
  readonly pathLenConstraint: number | null;
  /** Names or OIDs, instead of the request's; null for those. */
  readonly extendedKeyUsages: readonly string[] | null;
  readonly principal: Principal;
  readonly nonce: NonceUse;
  readonly request: RequestContext;
}

/**
 * Issues the certificate of a CA that others run, and uses up an instance for it: within what the
 * instance permits, by the instance's authority.
 * @throws SignetError instance-not-found, instance-used, and what issueSubordinate throws
 */
export function createExternalCaIssuer(dependencies: ExternalCaDependencies) {
  const { store, openAuthority, reopenAuthority, issueSubordinate, clock } = dependencies;

  return async function issueExternalCa(asked: ExternalCaRequest): Promise<IssuedSubordinate> {
    const { instanceId, principal, nonce, request } = asked;
    const instance = await store.findInstance(instanceId, accessOf(principal, clock()));
    if (instance === null) throw instanceNotFound();
    if (instance.state !== 'BUY') throw instanceUsed();
    const issuance: Omit<SubordinateIssuance, 'authority'> = {
      csrDer: decodeCsr(asked.csr),
      subjectDer: asked.subject === null ? null : encodeSubjectFields(asked.subject),
      validity: asked.validity,
      maxValidityDays: instance.maxValidityDays,
      pathLenConstraint: asked.pathLenConstraint,
      maxPathLength: instance.maxPathLength,
      extendedKeyUsages: asked.extendedKeyUsages?.map(parseExtendedKeyUsage) ?? null,
      profile: 'external-sub-ca',
      origin: 'cas',
      principal,
      instanceId,
      nonce,
      request,
    };
    const authority = await openAuthority(instance.authorityId);
    try {
      return await issueSubordinate({ ...issuance, authority });
    } catch (error) {
      if (!(error instanceof SignetError) || error.code !== 'authority-unavailable') throw error;
      // Elsewhere it may have got another key or certificate meanwhile.
      const current = await reopenAuthority(authority);
      if (current.certificateSha256Hex === authority.certificateSha256Hex) throw error;
      return issueSubordinate({ ...issuance, authority: current });
    }
  };
}

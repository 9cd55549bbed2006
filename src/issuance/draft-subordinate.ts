import type { Authority } from '../authorities/authority.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import { parseCsr } from '../x509/certificate/csr.ts';
import { PossessionProof } from '../x509/certificate/possession-proof.ts';
import { readSubordinateRequest } from '../x509/certificate/subordinate-request.ts';
import { publicKeyId } from '../x509/keys/public-key.ts';
import { checkSubjectName } from '../x509/names/names.ts';
import type { CertificateDraft } from './certificate-draft.ts';
import { readChainLimits } from './chain-limits.ts';
import { resolveValidity } from './validity.ts';

/** A request for the certificate of a subordinate CA whose key is kept elsewhere. */
export interface SubordinateRequest {
  readonly csrDer: Uint8Array;
  /** Instead of the subject of the CSR; null for that one. */
  readonly subjectDer: Uint8Array | null;
  /** See resolveValidity. */
  readonly validity: string;
  /** Instead of that of the CSR; null for that one. */
  readonly pathLenConstraint: number | null;
  /** If the CSR has none either. */
  readonly defaultPathLength: number;
  /** Dotted OIDs, instead of those of the CSR; null for those. */
  readonly extendedKeyUsages: readonly string[] | null;
}

/** For clocks that run late. */
export const BACKDATE_SECONDS = 300;

/**
 * Drafts the certificate of a subordinate CA: with CA:TRUE, keyCertSign and cRLSign, whatever the CSR
 * asks for (RFC 5280 sections 4.2.1.3 and 4.2.1.9).
 * @throws SignetError with the reason
 */
export async function draftSubordinate(
  authority: Authority,
  asked: SubordinateRequest,
  nowSeconds: number,
): Promise<CertificateDraft> {
  const csr = parseCsr(asked.csrDer);
  const requested = readSubordinateRequest(csr);
  const subjectDer = asked.subjectDer ?? csr.subjectDer;
  checkSubjectName(subjectDer);
  const limits = readChainLimits(authority.issuers);
  const validity = resolveValidity(asked.validity, {
    nowSeconds,
    backdateSeconds: BACKDATE_SECONDS,
    issuerNotBeforeSeconds: limits.notBeforeSeconds,
    issuerNotAfterSeconds: limits.notAfterSeconds,
    maxValidityDays: null,
  });
  checkPublicKey(csr.publicKey);
  const possession = await PossessionProof.verify(csr);
  const { policiesDer, nameConstraintsDer } = requested;
  return {
    kind: 'ca',
    subjectDer,
    publicKey: csr.publicKey,
    publicKeyIdHex: await publicKeyId(csr.publicKey),
    possession,
    subjectKeyIdentifier: null,
    subjectAltNames: requested.subjectAltNames,
    keyUsages: ['keyCertSign', 'cRLSign'],
    extendedKeyUsages: asked.extendedKeyUsages ?? requested.extendedKeyUsages,
    profile: null,
    pathLenConstraint:
      asked.pathLenConstraint ?? requested.pathLenConstraint ?? asked.defaultPathLength,
    policies: requested.policies,
    nameConstraints: requested.nameConstraints,
    furtherExtensionsDer: [policiesDer, nameConstraintsDer].filter((der) => der !== null),
    ...validity,
  };
}

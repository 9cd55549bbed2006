import type { Authority } from '../authorities/authority.ts';
import { SignetError } from '../errors.ts';
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
  /** Null for no limit but the issuer's. */
  readonly maxValidityDays: number | null;
  /** Instead of that of the CSR; null for that one or, if it has none, the longest permitted. */
  readonly pathLenConstraint: number | null;
  /** Null for no limit but the issuer's. */
  readonly maxPathLength: number | null;
  /** Dotted OIDs, instead of those of the CSR; null for those. */
  readonly extendedKeyUsages: readonly string[] | null;
}

/** For clocks that run late. */
const BACKDATE_SECONDS = 300;

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
  const pathLenConstraint = choosePathLength(asked, requested.pathLenConstraint);
  const limits = readChainLimits(authority.issuers);
  const validity = resolveValidity(asked.validity, {
    nowSeconds,
    backdateSeconds: BACKDATE_SECONDS,
    issuerNotBeforeSeconds: limits.notBeforeSeconds,
    issuerNotAfterSeconds: limits.notAfterSeconds,
    maxValidityDays: asked.maxValidityDays,
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
    pathLenConstraint,
    policies: requested.policies,
    nameConstraints: requested.nameConstraints,
    furtherExtensionsDer: [policiesDer, nameConstraintsDer].filter((der) => der !== null),
    ...validity,
  };
}

/** The longest permitted if none is asked for. A longer one is refused, never shortened. */
function choosePathLength(
  { pathLenConstraint, maxPathLength }: SubordinateRequest,
  requested: number | null,
): number | null {
  const chosen = pathLenConstraint ?? requested ?? maxPathLength;
  if (chosen === null || maxPathLength === null || chosen <= maxPathLength) return chosen;
  throw new SignetError(
    'constraint-violated',
    `A path length of ${chosen} is too long: at most ${maxPathLength} ${maxPathLength === 1 ? 'is' : 'are'} permitted here. Ask for ${maxPathLength} or less.`,
    { field: 'pathLenConstraint' },
  );
}

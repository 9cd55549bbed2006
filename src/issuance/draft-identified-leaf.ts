import type { Caller } from '../access/caller.ts';
import type { NonceUse } from '../access/nonces.ts';
import type { Authority } from '../authorities/authority.ts';
import { parseCsr } from '../x509/certificate/csr.ts';
import type { KeyUsageName } from '../x509/certificate/extensions.ts';
import { readRequestedUsages } from '../x509/certificate/subordinate-request.ts';
import { type GeneralName, mergeNames } from '../x509/names/general-names.ts';
import { type CertificateDraft, LEAF } from './certificate-draft.ts';
import { readChainLimits } from './chain-limits.ts';
import { checkCertificateRequest, deriveNames } from './check-request.ts';
import { chooseKeyUsages, classifyKey } from './key-usages.ts';
import type { Origin } from './store.ts';
import { resolveValidity } from './validity.ts';

/** A request for a leaf with an identifier, whose usages and validity the request states itself. */
export interface IdentifiedLeafRequest extends Caller {
  readonly authorityId: string;
  readonly csrDer: Uint8Array;
  /** The name that the record gives to this kind of certificate. */
  readonly profile: string;
  readonly origin: Origin;
  /** Makes the subject from that of the CSR; null to keep that. */
  readonly replaceSubject: ((requestedDer: Uint8Array) => Uint8Array) | null;
  /** Added to the names of the CSR, or used instead of them if `onlyTheseNames` is set. */
  readonly subjectAltNames: readonly GeneralName[];
  readonly onlyTheseNames: boolean;
  /** See resolveValidity. */
  readonly validity: string;
  /** Dotted OIDs; null for those of the CSR, if it has any. */
  readonly extendedKeyUsages: readonly string[] | null;
  /** Null for those that suit the key. */
  readonly keyUsages: readonly KeyUsageName[] | null;
  /** The client's own name of the certificate, unique in its account; or null. */
  readonly customIdentifier: string | null;
  /** Used up by the commit. */
  readonly nonce: NonceUse;
}

/** For clocks that run late. */
const BACKDATE_SECONDS = 300;
/** A limit of ours: no leaf should live longer. */
export const MAX_LEAF_VALIDITY_DAYS = 3653;

/**
 * Drafts a leaf with exactly the validity that was asked for.
 * @throws SignetError with the reason
 */
export async function draftIdentifiedLeaf(
  authority: Authority,
  asked: IdentifiedLeafRequest,
  nowSeconds: number,
): Promise<CertificateDraft> {
  const limits = readChainLimits(authority.issuers);
  const validity = resolveValidity(asked.validity, {
    nowSeconds,
    backdateSeconds: BACKDATE_SECONDS,
    issuerNotBeforeSeconds: limits.notBeforeSeconds,
    issuerNotAfterSeconds: limits.notAfterSeconds,
    maxValidityDays: MAX_LEAF_VALIDITY_DAYS,
  });
  const { csr, ...checked } = await checkCertificateRequest(parseCsr(asked.csrDer));
  const subjectDer = asked.replaceSubject?.(csr.subjectDer) ?? csr.subjectDer;
  const extendedKeyUsages = asked.extendedKeyUsages ?? readRequestedUsages(csr.extensions);
  return {
    ...LEAF,
    subjectDer,
    publicKey: csr.publicKey,
    publicKeyIdHex: checked.publicKeyIdHex,
    subjectAltNames: joinNames(asked, checked.subjectAltNames, subjectDer),
    keyUsages: asked.keyUsages ?? chooseKeyUsages(classifyKey(csr.publicKey), extendedKeyUsages),
    extendedKeyUsages,
    profile: null,
    ...validity,
  };
}

function joinNames(
  { subjectAltNames, onlyTheseNames }: IdentifiedLeafRequest,
  requested: readonly GeneralName[],
  subjectDer: Uint8Array,
): readonly GeneralName[] {
  const names = mergeNames(onlyTheseNames ? subjectAltNames : [...requested, ...subjectAltNames]);
  return names.length > 0 ? names : deriveNames(subjectDer);
}

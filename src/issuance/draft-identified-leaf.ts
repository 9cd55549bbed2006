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
import { chooseProfile } from './profile-rule.ts';
import { CAS_PROFILE, DEFAULT_PROFILE, type Profile } from './profiles.ts';
import type { Origin } from './store.ts';
import { resolveValidity } from './validity.ts';

/**
 * A request for a leaf with an identifier, whose usages and validity the request states itself, within a
 * profile of the authority.
 */
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
  /** Dotted OIDs; null for those of the CSR or, if it has none, of the profile. */
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

/**
 * Drafts a leaf with exactly the validity that was asked for.
 * @throws SignetError with the reason
 */
export async function draftIdentifiedLeaf(
  authority: Authority,
  asked: IdentifiedLeafRequest,
  configured: ReadonlyMap<string, Profile>,
  nowSeconds: number,
): Promise<CertificateDraft> {
  const offered = authority.profiles ?? configured;
  const limits = readChainLimits(authority.issuers);
  const validity = resolveValidity(asked.validity, {
    nowSeconds,
    backdateSeconds: Math.min(
      BACKDATE_SECONDS,
      ...Array.from(offered.values(), ({ backdateSeconds }) => backdateSeconds),
    ),
    issuerNotBeforeSeconds: limits.notBeforeSeconds,
    issuerNotAfterSeconds: limits.notAfterSeconds,
    // The profile's limit is for the last gate.
    maxValidityDays: null,
  });
  const { csr, ...checked } = await checkCertificateRequest(parseCsr(asked.csrDer));
  const subjectDer = asked.replaceSubject?.(csr.subjectDer) ?? csr.subjectDer;
  const requestedUsages = asked.extendedKeyUsages ?? readRequestedUsages(csr.extensions);
  const profile =
    requestedUsages === null
      ? findDefault(offered)
      : chooseProfile(
          [...offered.values()],
          { ...validity, extendedKeyUsages: requestedUsages },
          nowSeconds,
        );
  const extendedKeyUsages = requestedUsages ?? profile.extendedKeyUsages;
  return {
    ...LEAF,
    subjectDer,
    publicKey: csr.publicKey,
    publicKeyIdHex: checked.publicKeyIdHex,
    possession: checked.possession,
    subjectAltNames: joinNames(asked, checked.subjectAltNames, subjectDer),
    keyUsages: asked.keyUsages ?? chooseKeyUsages(classifyKey(csr.publicKey), extendedKeyUsages),
    extendedKeyUsages,
    profile,
    ...validity,
  };
}

/** The profile of a request that names no purpose. */
function findDefault(offered: ReadonlyMap<string, Profile>): Profile {
  const [first] = offered.values();
  const profile = offered.get(CAS_PROFILE) ?? offered.get(DEFAULT_PROFILE) ?? first;
  if (profile === undefined) throw new RangeError('no profile is offered');
  return profile;
}

function joinNames(
  { subjectAltNames, onlyTheseNames }: IdentifiedLeafRequest,
  requested: readonly GeneralName[],
  subjectDer: Uint8Array,
): readonly GeneralName[] {
  const names = mergeNames(onlyTheseNames ? subjectAltNames : [...requested, ...subjectAltNames]);
  return names.length > 0 ? names : deriveNames(subjectDer);
}

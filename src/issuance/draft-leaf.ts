import type { Caller } from '../access/caller.ts';
import type { Authority } from '../authorities/authority.ts';
import { SignetError } from '../errors.ts';
import { parseCsr } from '../x509/certificate/csr.ts';
import { type CertificateDraft, LEAF } from './certificate-draft.ts';
import { readChainLimits } from './chain-limits.ts';
import { checkCertificateRequest, type StatedNames } from './check-request.ts';
import { chooseKeyUsages, classifyKey } from './key-usages.ts';
import { CAS_PROFILE, type Profile } from './profiles.ts';
import { resolveEnd, type StatedEnd } from './stated-end.ts';
import type { Origin } from './store.ts';

/** A request for a leaf that a profile describes. */
export interface LeafRequest extends Caller {
  readonly authorityId: string;
  readonly csrDer: Uint8Array;
  readonly profile: string;
  /** Use the configured profile of that name if the authority has profiles but not this one. */
  readonly allowConfiguredProfile: boolean;
  readonly origin: Origin;
  /** Refuse a subject that has a valid certificate which was issued with this set. */
  readonly uniqueSubject: boolean;
  /** What the request states beside its CSR. */
  readonly stated?: StatedNames & {
    /** Null for that of the profile. */
    readonly end: StatedEnd | null;
  };
}

/**
 * Drafts a leaf: the key from the CSR, subject and names from the request or else from the CSR,
 * everything else from the profile. The profile's validity is cut to that of the chain; a stated end
 * must fit both.
 * @throws SignetError with the reason
 */
export async function draftLeaf(
  authority: Authority,
  asked: LeafRequest,
  configured: ReadonlyMap<string, Profile>,
  nowSeconds: number,
): Promise<CertificateDraft> {
  const profile = findProfile(authority.profiles ?? configured, configured, asked);
  const limits = readChainLimits(authority.issuers);
  const end = asked.stated?.end ?? null;
  const latestSeconds = Math.min(nowSeconds + profile.validitySeconds, limits.notAfterSeconds);
  const notAfterSeconds =
    end === null ? latestSeconds : resolveEnd(end, { nowSeconds, latestSeconds });
  const { csr, ...checked } = await checkCertificateRequest(parseCsr(asked.csrDer), asked.stated);
  const { extendedKeyUsages } = profile;
  return {
    ...LEAF,
    ...checked,
    publicKey: csr.publicKey,
    keyUsages: chooseKeyUsages(classifyKey(csr.publicKey), extendedKeyUsages),
    extendedKeyUsages,
    profile,
    notBeforeSeconds: Math.max(nowSeconds - profile.backdateSeconds, limits.notBeforeSeconds),
    notAfterSeconds,
  };
}

function findProfile(
  offered: ReadonlyMap<string, Profile>,
  configured: ReadonlyMap<string, Profile>,
  { profile: name, allowConfiguredProfile }: LeafRequest,
): Profile {
  const profile = offered.get(name) ?? (allowConfiguredProfile ? configured.get(name) : undefined);
  if (profile !== undefined && name !== CAS_PROFILE) return profile;
  const names = [...offered.keys()].filter((each) => each !== CAS_PROFILE);
  throw new SignetError(
    'unknown-profile',
    names.length === 0
      ? 'The authority has only a profile for CAS.'
      : `The authority has no such profile: use ${names.join(', ')}.`,
    { field: 'profile' },
  );
}

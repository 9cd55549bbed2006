import { EXTENDED_KEY_USAGE_OID } from '../../src/asn1/oids.ts';
import { BUILT_IN_PROFILES, CAS_PROFILE, DEFAULT_PROFILE } from '../../src/issuance/profiles.ts';
import { REVOCATION_REASONS } from '../../src/revocation/reasons.ts';
import { CA_ALGORITHMS, type CertificateObject, type Purpose } from './objects.ts';
import type { RequestFields } from './requests.ts';

export interface LeafPlan {
  readonly kind: CertificateObject['kind'];
  readonly name: string;
  readonly profile: string;
  readonly request: RequestFields;
  /** The reason for which it is revoked at once; undefined if it is not revoked. */
  readonly reason?: string;
}

/** Unusual names, by what is unusual about them. */
const SPECIAL_NAMES: Readonly<Record<string, Omit<RequestFields, 'keyAlgorithm'>>> = {
  'no-subject': { subject: '/', alternativeNames: 'DNS:bare.example.test' },
  'beyond-ascii': {
    subject: '/C=CN/ST=浙江省/L=杭州市/O=示例有限公司/OU=Ünïcode/CN=例え.example.test',
    alternativeNames: 'DNS:xn--r8jz45g.example.test',
  },
  wildcard: { subject: '/CN=*.wild.example.test', alternativeNames: 'DNS:*.wild.example.test' },
  addresses: {
    subject: '/CN=192.0.2.7',
    alternativeNames: 'IP:192.0.2.7,IP:2001:db8::7,DNS:addresses.example.test',
  },
  'mailbox-and-uri': {
    // GnuTLS, NSS and Java take a CN for a host name and check it against the permitted names.
    subject: '/O=Conformance',
    alternativeNames: 'email:someone@example.test,URI:spiffe://example.test/workload',
  },
  'common-name-alone': { subject: '/CN=alone.example.test' },
};

/** Profiles beside the built-in ones, in the form of the variable PROFILES. */
export const SHORT_PROFILES = {
  'short-lived': { validityHours: 36, extendedKeyUsages: ['serverAuth'] },
  unrevocable: { validityHours: 12, noRevAvail: true, extendedKeyUsages: ['serverAuth'] },
};

/** Plans an issuing CA's leaves: each profile with each key, unusual names, one per reason. */
export function planLeaves(caName: string): LeafPlan[] {
  const profiles = [...BUILT_IN_PROFILES.keys()].filter((profile) => profile !== CAS_PROFILE);
  const ofProfiles = profiles.flatMap((profile) =>
    CA_ALGORITHMS.map((keyAlgorithm): LeafPlan => {
      const host = `${keyAlgorithm.toLowerCase()}.${profile}.example.test`;
      return {
        kind: 'leaf',
        name: `${caName}-${profile}-${keyAlgorithm}`,
        profile,
        request: {
          subject: `/O=Conformance/CN=${host}`,
          alternativeNames: `DNS:${host}`,
          keyAlgorithm,
        },
      };
    }),
  );
  const special = Object.entries(SPECIAL_NAMES).map(
    ([name, fields]): LeafPlan => ({
      kind: 'leaf of special names',
      name: `${caName}-${name}`,
      profile: DEFAULT_PROFILE,
      request: { ...fields, keyAlgorithm: 'P-256' },
    }),
  );
  const short = Object.keys(SHORT_PROFILES).map(
    (profile): LeafPlan => ({
      kind: 'leaf',
      name: `${caName}-${profile}`,
      profile,
      request: planHost(`${profile}.example.test`),
    }),
  );
  const revoked = Object.keys(REVOCATION_REASONS).map((reason): LeafPlan => {
    const name = `${caName}-revoked-${reason}`;
    const request = planHost(`${reason.toLowerCase()}.revoked.example.test`);
    return {
      kind: 'revoked leaf',
      name,
      profile: DEFAULT_PROFILE,
      // A compromised key is refused for ever, so no other leaf may have it.
      request: reason === 'keyCompromise' ? { ...request, keyName: name } : request,
      reason,
    };
  });
  return [...ofProfiles, ...special, ...short, ...revoked];
}

/** Plans a CSR with a P-256 key for one host. */
export function planHost(host: string): RequestFields {
  return { subject: `/CN=${host}`, alternativeNames: `DNS:${host}`, keyAlgorithm: 'P-256' };
}

export function choosePurpose(profile: string): Purpose {
  if (profile in SHORT_PROFILES) return 'server';
  const usages = BUILT_IN_PROFILES.get(profile)?.extendedKeyUsages ?? [];
  return usages.includes(EXTENDED_KEY_USAGE_OID.serverAuth) ? 'server' : 'client';
}

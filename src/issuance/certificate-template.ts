import type { Authority } from '../authorities/authority.ts';
import { encodePublications } from '../authorities/publication-extensions.ts';
import { encodeExtendedKeyUsages } from '../x509/certificate/extended-key-usages.ts';
import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeKeyUsage,
} from '../x509/certificate/extensions.ts';
import { chooseKeyUsages, type KeyClass } from './key-usages.ts';
import type { Profile } from './profiles.ts';

/**
 * The extensions that all leaves of an authority, a profile and a CRL partition share, encoded once.
 * encodeLeafTbs makes its specimens from them.
 */
export interface CertificateTemplate {
  /** Basic constraints and extended key usage, which come before the names. */
  readonly headDer: readonly Uint8Array[];
  readonly keyUsageDer: Readonly<Record<KeyClass, Uint8Array>>;
  /** Authority key identifier and encodePublications, which come after the names. */
  readonly tailDer: readonly Uint8Array[];
}

export function encodeTemplate(
  authority: Pick<Authority, 'generationId' | 'subjectKeyIdentifier'>,
  profile: Profile,
  publicationUrl: string,
  partition: number | null,
): CertificateTemplate {
  const usages = profile.extendedKeyUsages;
  return {
    headDer: [encodeBasicConstraints(false), encodeExtendedKeyUsages(usages)],
    keyUsageDer: {
      rsa: encodeKeyUsage(chooseKeyUsages('rsa', usages)),
      'rsa-pss': encodeKeyUsage(chooseKeyUsages('rsa-pss', usages)),
      ec: encodeKeyUsage(chooseKeyUsages('ec', usages)),
      ed25519: encodeKeyUsage(chooseKeyUsages('ed25519', usages)),
    },
    tailDer: [
      encodeAuthorityKeyIdentifier(authority.subjectKeyIdentifier),
      ...encodePublications(publicationUrl, authority.generationId, partition, profile.noRevAvail),
    ],
  };
}

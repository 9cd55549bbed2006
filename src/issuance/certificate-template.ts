import type { Authority } from '../authorities/authority.ts';
import { encodePublications } from '../authorities/publication-extensions.ts';
import type { KeyKind } from '../x509/algorithms.ts';
import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtendedKeyUsage,
  encodeKeyUsage,
} from '../x509/extensions.ts';
import { KEY_USAGES_BY_KIND, type Profile } from './profiles.ts';

/**
 * The extensions that one authority and one profile make the same in every leaf of one partition,
 * encoded once.
 */
export interface CertificateTemplate {
  /** Basic constraints and extended key usage, to stand before the names. */
  readonly headDer: readonly Uint8Array[];
  readonly keyUsageDer: Readonly<Record<KeyKind, Uint8Array>>;
  /** Authority key identifier, CRL distribution point and AIA. */
  readonly tailDer: readonly Uint8Array[];
}

export function encodeTemplate(
  authority: Authority,
  profile: Profile,
  publicationUrl: string,
  partition: number,
): CertificateTemplate {
  return {
    headDer: [encodeBasicConstraints(false), encodeExtendedKeyUsage(profile.extendedKeyUsages)],
    keyUsageDer: {
      rsa: encodeKeyUsage(KEY_USAGES_BY_KIND.rsa),
      ec: encodeKeyUsage(KEY_USAGES_BY_KIND.ec),
      ed25519: encodeKeyUsage(KEY_USAGES_BY_KIND.ed25519),
    },
    tailDer: [
      encodeAuthorityKeyIdentifier(authority.subjectKeyIdentifier),
      ...encodePublications(publicationUrl, authority.id, partition),
    ],
  };
}

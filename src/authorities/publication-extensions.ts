import {
  encodeAuthorityInfoAccess,
  encodeCrlDistributionPoints,
} from '../x509/certificate/extensions.ts';

/**
 * Where to find what a certificate's issuer publishes: its revocation list (RFC 5280 section
 * 4.2.1.13), its own certificate and its OCSP responder (section 4.2.2.1).
 * @param publicationUrl plain http, without a trailing slash
 * @param issuerId of the generation that signs
 * @param partition whose list the certificate is in; null for the complete list alone
 */
export function encodePublications(
  publicationUrl: string,
  issuerId: string,
  partition: number | null,
): Uint8Array[] {
  const list = partition === null ? `${issuerId}.crl` : `${issuerId}/${partition}.crl`;
  return [
    encodeCrlDistributionPoints(`${publicationUrl}/crl/${list}`),
    encodeAuthorityInfoAccess(
      `${publicationUrl}/ca/${issuerId}.crt`,
      `${publicationUrl}/ocsp/${issuerId}`,
    ),
  ];
}

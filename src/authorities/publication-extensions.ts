import {
  encodeAuthorityInfoAccess,
  encodeCrlDistributionPoints,
  encodeNoRevAvail,
} from '../x509/certificate/extensions.ts';

/**
 * Encodes the addresses of the issuer's CRL (RFC 5280 section 4.2.1.13), certificate and OCSP responder
 * (section 4.2.2.1).
 * @param publicationUrl plain http, without a trailing slash
 * @param issuerId the id of the generation that signs
 * @param partition the partition of the certificate; null for the complete CRL
 * @param noRevAvail say that nothing tells of the revocation, and leave out what would (RFC 9608
 *   section 3)
 */
export function encodePublications(
  publicationUrl: string,
  issuerId: string,
  partition: number | null,
  noRevAvail: boolean,
): Uint8Array[] {
  const certificateUrl = `${publicationUrl}/ca/${issuerId}.crt`;
  if (noRevAvail) return [encodeNoRevAvail(), encodeAuthorityInfoAccess(certificateUrl, null)];
  const list = partition === null ? `${issuerId}.crl` : `${issuerId}/${partition}.crl`;
  return [
    encodeCrlDistributionPoints(`${publicationUrl}/crl/${list}`),
    encodeAuthorityInfoAccess(certificateUrl, `${publicationUrl}/ocsp/${issuerId}`),
  ];
}

import { OID } from '../asn1/oids.ts';
import { SignetError } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import { type CertificateRequest, verifyCsrSignature } from '../x509/certificate/csr.ts';
import { isSamePublicKey, type PublicKey, publicKeyId } from '../x509/keys/public-key.ts';
import {
  type GeneralName,
  generalNameFromCommonName,
  parseSubjectAltName,
} from '../x509/names/general-names.ts';
import { checkSubjectName, findCommonName, isEmptyName } from '../x509/names/names.ts';

/** What may be certified of a request, after every check that needs no database. */
export interface CheckedRequest {
  readonly csr: CertificateRequest;
  readonly subjectAltNames: readonly GeneralName[];
  readonly publicKeyIdHex: string;
}

/**
 * The checks before a signature, cheapest first; proof of possession is among them.
 * @param authorityKey nobody gets a certificate for the key of the CA
 * @throws SignetError with the reason
 */
export async function checkCertificateRequest(
  csr: CertificateRequest,
  authorityKey: PublicKey,
): Promise<CheckedRequest> {
  checkSubjectName(csr.subjectDer);
  const subjectAltNames = readSubjectAltNames(csr);
  checkPublicKey(csr.publicKey);
  await verifyCsrSignature(csr);
  if (isSamePublicKey(csr.publicKey, authorityKey)) {
    throw new SignetError(
      'weak-key',
      "The public key is the authority's own: make a key pair of your own.",
      { field: 'csr' },
    );
  }
  return { csr, subjectAltNames, publicKeyIdHex: await publicKeyId(csr.publicKey) };
}

/** The names asked for, else the one in the CN where that is a host or an address. */
function readSubjectAltNames(csr: CertificateRequest): readonly GeneralName[] {
  const requested = csr.extensions.get(OID.subjectAltName);
  if (requested !== undefined) return parseSubjectAltName(requested.valueDer);
  if (isEmptyName(csr.subjectDer)) {
    throw new SignetError(
      'invalid-subject',
      'The certificate request has neither a subject nor a subject alternative name: name at least one.',
      { field: 'subject' },
    );
  }
  const commonName = findCommonName(csr.subjectDer);
  const derived = commonName === null ? null : generalNameFromCommonName(commonName);
  return derived === null ? [] : [derived];
}

import { OID } from '../asn1/oids.ts';
import { SignetError } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import type { CertificateRequest } from '../x509/certificate/csr.ts';
import { PossessionProof } from '../x509/certificate/possession-proof.ts';
import { publicKeyId } from '../x509/keys/public-key.ts';
import { readHostInCommonName } from '../x509/names/common-name-host.ts';
import { type GeneralName, parseSubjectAltName } from '../x509/names/general-names.ts';
import { checkSubjectName, findCommonName, isEmptyName } from '../x509/names/names.ts';

/** A CSR for a leaf, after every check of the CSR alone. */
export interface CheckedRequest {
  readonly csr: CertificateRequest;
  readonly subjectAltNames: readonly GeneralName[];
  readonly publicKeyIdHex: string;
  readonly possession: PossessionProof;
}

/**
 * Checks a CSR for a leaf, cheapest first; proof of possession is among the checks.
 * @throws SignetError with the reason
 */
export async function checkCertificateRequest(csr: CertificateRequest): Promise<CheckedRequest> {
  checkSubjectName(csr.subjectDer);
  const subjectAltNames = readSubjectAltNames(csr);
  checkPublicKey(csr.publicKey);
  const possession = await PossessionProof.verify(csr);
  const publicKeyIdHex = await publicKeyId(csr.publicKey);
  return { csr, subjectAltNames, publicKeyIdHex, possession };
}

/** The names that the CSR asks for, or else the one in its CN. */
function readSubjectAltNames({ extensions, subjectDer }: CertificateRequest) {
  const requested = extensions.get(OID.subjectAltName);
  if (requested !== undefined) return parseSubjectAltName(requested.valueDer);
  if (isEmptyName(subjectDer)) {
    throw new SignetError(
      'invalid-subject',
      'The CSR has neither a subject nor a subject alternative name. Name at least one.',
      { field: 'subject' },
    );
  }
  return deriveNames(subjectDer);
}

/**
 * The CN as a subject alternative name, if it is a host name or an IP address. If it only looks like
 * one, the last gate refuses the certificate.
 */
export function deriveNames(subjectDer: Uint8Array): readonly GeneralName[] {
  const commonName = findCommonName(subjectDer);
  const name = commonName === null ? null : readHostInCommonName(commonName)?.name;
  return name == null ? [] : [name];
}

import { OID } from '../asn1/oids.ts';
import { SignetError } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import type { CertificateRequest } from '../x509/certificate/csr.ts';
import { PossessionProof } from '../x509/certificate/possession-proof.ts';
import { publicKeyId } from '../x509/keys/public-key.ts';
import { readHostInCommonName } from '../x509/names/common-name-host.ts';
import { type GeneralName, parseSubjectAltName } from '../x509/names/general-names.ts';
import { checkSubjectName, findCommonName, isEmptyName } from '../x509/names/names.ts';

/** Names that a request states beside its CSR, and that replace those of the CSR. */
export interface StatedNames {
  /** Null for that of the CSR. */
  readonly subjectDer: Uint8Array | null;
  /** Each one as parseSubjectAltName returns it. Null for those of the CSR; none: that of the CN. */
  readonly subjectAltNames: readonly GeneralName[] | null;
}

/** A CSR for a leaf, after every check of the CSR alone. */
export interface CheckedRequest {
  readonly csr: CertificateRequest;
  readonly subjectDer: Uint8Array;
  readonly subjectAltNames: readonly GeneralName[];
  readonly publicKeyIdHex: string;
  readonly possession: PossessionProof;
}

/**
 * Checks a CSR for a leaf, cheapest first; proof of possession is among the checks. Names of the CSR
 * that others replace are not looked at.
 * @throws SignetError with the reason
 */
export async function checkCertificateRequest(
  csr: CertificateRequest,
  stated: StatedNames = FROM_CSR,
): Promise<CheckedRequest> {
  const subjectDer = stated.subjectDer ?? csr.subjectDer;
  checkSubjectName(subjectDer);
  const subjectAltNames = chooseNames(stated.subjectAltNames, csr, subjectDer);
  checkPublicKey(csr.publicKey);
  const possession = await PossessionProof.verify(csr);
  const publicKeyIdHex = await publicKeyId(csr.publicKey);
  return { csr, subjectDer, subjectAltNames, publicKeyIdHex, possession };
}

const FROM_CSR: StatedNames = { subjectDer: null, subjectAltNames: null };

function chooseNames(
  stated: StatedNames['subjectAltNames'],
  csr: CertificateRequest,
  subjectDer: Uint8Array,
): readonly GeneralName[] {
  if (stated === null) return readSubjectAltNames(csr, subjectDer);
  return stated.length > 0 ? stated : deriveNames(subjectDer);
}

/** The names that the CSR asks for, or else the one in its CN. */
function readSubjectAltNames({ extensions }: CertificateRequest, subjectDer: Uint8Array) {
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

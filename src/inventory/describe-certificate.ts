import { DerError } from '../asn1/der.ts';
import { sha256Hex } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import { findUnknownCriticalExtension } from '../x509/certificate/critical-extensions.ts';
import { hasWeakSignature } from '../x509/keys/historic-signature.ts';
import { type PublicKey, parsePublicKey } from '../x509/keys/public-key.ts';
import { listHostNames } from '../x509/names/host-names.ts';
import { findCommonName } from '../x509/names/names.ts';
import type { Mark } from './store.ts';

/** The properties of a certificate that the inventory stores beside it. */
export interface CertificateDescription {
  /** Empty if the subject has none. */
  readonly commonName: string;
  /** DNS names of the subjectAltName. */
  readonly dnsNames: readonly string[];
  /** IP addresses of the subjectAltName. */
  readonly ipAddresses: readonly string[];
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprintHex: string;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly marks: readonly Mark[];
}

/** Describes a certificate. @throws SignetError malformed-certificate if a name in it is malformed */
export async function describeCertificate(
  certificate: Certificate,
): Promise<CertificateDescription> {
  return {
    ...readNames(certificate),
    fingerprintHex: await sha256Hex(certificate.certificateDer),
    notBeforeSeconds: certificate.notBeforeSeconds,
    notAfterSeconds: certificate.notAfterSeconds,
    marks: listMarks(certificate),
  };
}

function readNames(
  certificate: Certificate,
): Pick<CertificateDescription, 'commonName' | 'dnsNames' | 'ipAddresses'> {
  try {
    return {
      commonName: findCommonName(certificate.subjectDer) ?? '',
      ...listHostNames(certificate.extensions),
    };
  } catch (error) {
    if (!(error instanceof SignetError) && !(error instanceof DerError)) throw error;
    throw new SignetError(
      'malformed-certificate',
      `The certificate cannot be used. Its subject or its alternative names cannot be read: ${error.message.replace(/\.$/, '')}.`,
      { field: 'certificate', cause: error },
    );
  }
}

/** Lists weaknesses. They do not keep the user from storing the certificate. */
function listMarks(certificate: Certificate): Mark[] {
  const marks: Mark[] = [];
  if (isWeak(parsePublicKey(certificate.spkiDer))) marks.push('weak-key');
  if (hasWeakSignature(certificate)) marks.push('weak-signature');
  if (findUnknownCriticalExtension(certificate.extensions) !== null) {
    marks.push('unknown-critical-extension');
  }
  return marks;
}

function isWeak(key: PublicKey): boolean {
  // checkPublicKey refuses compressed points, which are not weak.
  const [form] = key.subjectPublicKey;
  if (key.kind === 'ec' && (form === 2 || form === 3)) return false;
  try {
    checkPublicKey(key);
    return false;
  } catch (error) {
    if (error instanceof SignetError) return true;
    throw error;
  }
}

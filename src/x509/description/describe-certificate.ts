import { sha256Hex } from '../../bytes.ts';
import type { Certificate, CertificateContent } from '../certificate/certificate.ts';
import { describeSignatureAlgorithm } from './describe-algorithm.ts';
import { describeExtensions } from './describe-extensions.ts';
import { describeName } from './describe-name.ts';
import { describePublicKey } from './describe-public-key.ts';
import type { CertificateDescription } from './description.ts';

/** Describes a certificate, whatever is in it. */
export async function describeCertificate(
  certificate: Certificate,
): Promise<CertificateDescription> {
  const { certificateDer, serialHex, signature } = certificate;
  return {
    ...(await describeContent(certificate)),
    serial: serialHex,
    signature: signature.toHex(),
    fingerprints: {
      sha256: await sha256Hex(certificateDer),
      sha1: new Uint8Array(await crypto.subtle.digest('SHA-1', certificateDer)).toHex(),
    },
  };
}

/** Describes a certificate that is not issued yet: it has neither a serial number nor a signature. */
export async function describeContent(
  content: CertificateContent,
): Promise<CertificateDescription> {
  return {
    version: content.version,
    serial: null,
    issuer: describeName(content.issuerDer),
    subject: describeName(content.subjectDer),
    notBefore: formatTime(content.notBeforeSeconds),
    notAfter: formatTime(content.notAfterSeconds),
    publicKey: await describePublicKey(content.spkiDer),
    extensions: describeExtensions(content.extensions),
    signatureAlgorithm: describeSignatureAlgorithm(content.signatureAlgorithmDer),
    signature: null,
    fingerprints: null,
  };
}

function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

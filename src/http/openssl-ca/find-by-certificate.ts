import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { SignetError } from '../../errors.ts';
import { equalBytes } from '../../x509/bytes.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate.ts';
import { parsePem } from '../../x509/pem.ts';
import type { Call } from '../call.ts';
import { decodeEnvelope } from './envelope.ts';
import { type FoundSerial, findOwnCertificates } from './find-own-certificates.ts';
import { openWithSecret } from './read-request.ts';

const MAX_ENVELOPE_BYTES = 16 * 1024;

/**
 * The serial of the certificate in an envelope, once it is shown to be one of ours: anybody can
 * write a certificate with a serial that was stolen.
 * @throws SignetError malformed-certificate, certificate-not-found
 */
export async function findByCertificate(call: Call, body: string): Promise<FoundSerial> {
  const certificate = await openCertificate(call, body);
  const authority = await call.services.openAuthority(DEFAULT_AUTHORITY_ID);
  const { serialHex } = certificate;
  const recorded = equalBytes(certificate.issuerDer, authority.subjectDer)
    ? await findOwnCertificates(call, serialHex)
    : [];
  const found = recorded.find(
    // Of certificates from before an import, the body may not be recorded.
    ({ certificateDer }) =>
      certificateDer === null || equalBytes(certificateDer, certificate.certificateDer),
  );
  if (found === undefined) {
    throw new SignetError('certificate-not-found', 'This authority did not issue the certificate.');
  }
  return { serialHex, authorityId: found.authorityId };
}

async function openCertificate(call: Call, body: string): Promise<Certificate> {
  const envelope = decodeEnvelope(body);
  if (envelope === null) throw malformed("'cert' is not base64.");
  if (envelope.length > MAX_ENVELOPE_BYTES) {
    throw malformed(`'cert' holds more than ${MAX_ENVELOPE_BYTES} bytes.`);
  }
  let refusal = malformed("'cert' does not decrypt to text: wrong secret, mode or contents.");
  for (const { text } of await openWithSecret(call, envelope)) {
    try {
      return parseFirstCertificate(text);
    } catch (error) {
      refusal = malformed("'cert' does not hold a certificate in PEM.", error);
    }
  }
  throw refusal;
}

/** A file with a chain names its own certificate first. */
function parseFirstCertificate(text: string): Certificate {
  const block = parsePem(text).find(
    ({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE',
  );
  if (block === undefined) throw malformed('There is no certificate in it.');
  return parseCertificate(block.der);
}

function malformed(message: string, cause?: unknown): SignetError {
  return new SignetError('malformed-certificate', message, { field: 'cert', cause });
}

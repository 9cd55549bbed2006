import { parsePem } from '../../asn1/pem.ts';
import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { equalBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import type { RecordedCertificate } from '../../issuance/store.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate/certificate.ts';
import { parsePublicKey, publicKeyId } from '../../x509/keys/public-key.ts';
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
  const known = await Promise.all(recorded.map((each) => isSame(each, certificate)));
  const found = recorded.find((_, index) => known[index]);
  if (found === undefined) {
    throw new SignetError('certificate-not-found', 'This authority did not issue the certificate.');
  }
  return { serialHex, authorityId: found.authorityId };
}

/** Bodies are dropped some time after they expired, and those from before an import may never have been here. */
async function isSame(
  { certificateDer, publicKeyIdHex }: RecordedCertificate,
  given: Certificate,
): Promise<boolean> {
  if (certificateDer !== null) return equalBytes(certificateDer, given.certificateDer);
  return publicKeyIdHex === null || publicKeyIdHex === (await identifyKey(given));
}

/** Null for a key of a kind that is not certified here. */
async function identifyKey({ spkiDer }: Certificate): Promise<string | null> {
  try {
    return await publicKeyId(parsePublicKey(spkiDer));
  } catch (error) {
    if (error instanceof SignetError) return null;
    throw error;
  }
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

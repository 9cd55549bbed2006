import { SHARED_SECRET_PRINCIPAL } from '../../access/shared-secret.ts';
import { parsePem } from '../../asn1/pem.ts';
import { isGenerationOf } from '../../authorities/authority.ts';
import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { equalBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import type { RecordedCertificate } from '../../issuance/store.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate/certificate.ts';
import { normalizeSerialHex } from '../../x509/certificate/serial-number.ts';
import { parsePublicKey, publicKeyId } from '../../x509/keys/public-key.ts';
import { isSameName } from '../../x509/names/name-comparison.ts';
import type { HttpContext } from '../context.ts';
import { decodeEnvelope, type OpenedEnvelope } from './envelope.ts';
import { openWithSecret } from './read-request.ts';

/** A serial number with the generation of the default authority that issued it. */
export interface FoundSerial {
  readonly serialHex: string;
  readonly authorityId: string;
}

const MAX_CERTIFICATE_BYTES = 16 * 1024;
const MAX_SERIAL_BYTES = 128;

/**
 * Unpadded plaintext has only its form to show that it is a serial number and not the random bytes of a
 * stranger, and CFB authenticates nothing. Two random bytes are hex digits once in 135 tries, eight
 * once in 10^8, and then that serial must have been issued. This limit is ours.
 */
const MIN_UNPADDED_DIGITS = 8;

/**
 * Finds the serial of the certificate in an envelope. The certificate must be one that was issued here:
 * anybody can write a certificate with the serial of another one.
 * @throws SignetError malformed-certificate, certificate-not-found
 */
export async function findSerialOfCertificate(c: HttpContext, body: string): Promise<FoundSerial> {
  const certificate = await openCertificate(c, body);
  const authority = await c.get('services').openAuthority(DEFAULT_AUTHORITY_ID);
  const { serialHex } = certificate;
  const recorded = isSameName(certificate.issuerDer, authority.subjectDer)
    ? await findOwnCertificates(c, serialHex)
    : [];
  for (const each of recorded) {
    if (await isSame(each, certificate)) return { serialHex, authorityId: each.authorityId };
  }
  throw new SignetError('certificate-not-found', 'This authority did not issue the certificate.');
}

/**
 * Reads the serial in an envelope. The serial need not have been issued.
 * @throws SignetError invalid-parameter
 */
export async function findSerial(c: HttpContext, body: string): Promise<FoundSerial> {
  const envelope = decodeEnvelope(body);
  if (envelope === null || envelope.length > MAX_SERIAL_BYTES) {
    throw refuseSerial(`'serial' is not base64 of at most ${MAX_SERIAL_BYTES} bytes.`);
  }
  const [serialHex, ...others] = readSerials(await openWithSecret(c, envelope));
  if (serialHex === undefined || others.length > 0) {
    throw refuseSerial(
      `'serial' does not decrypt to a serial number in hexadecimal. Without padding it needs at least ${MIN_UNPADDED_DIGITS} digits, and in 128-bit CFB at least 17, leading zeros included.`,
    );
  }
  const [found] = await findOwnCertificates(c, serialHex);
  return { serialHex, authorityId: found?.authorityId ?? DEFAULT_AUTHORITY_ID };
}

/** Every certificate with this serial that a generation of the default authority issued. */
async function findOwnCertificates(
  c: HttpContext,
  serialHex: string,
): Promise<readonly RecordedCertificate[]> {
  const { findCertificates } = c.get('services');
  const found = await findCertificates(serialHex, null, SHARED_SECRET_PRINCIPAL);
  return found.filter(({ authorityId }) => isGenerationOf(authorityId, DEFAULT_AUTHORITY_ID));
}

/** Compares keys if the body is not recorded: it was deleted after its expiry, or never imported. */
async function isSame(
  { certificateDer, publicKeyIdHex }: RecordedCertificate,
  given: Certificate,
): Promise<boolean> {
  if (certificateDer !== null) return equalBytes(certificateDer, given.certificateDer);
  return publicKeyIdHex === null || publicKeyIdHex === (await identifyKey(given));
}

/** Null for a kind of key that is not certified here. */
async function identifyKey({ spkiDer }: Certificate): Promise<string | null> {
  try {
    return await publicKeyId(parsePublicKey(spkiDer));
  } catch (error) {
    if (error instanceof SignetError) return null;
    throw error;
  }
}

async function openCertificate(c: HttpContext, body: string): Promise<Certificate> {
  const envelope = decodeEnvelope(body);
  if (envelope === null) throw malformed("'cert' is not base64.");
  if (envelope.length > MAX_CERTIFICATE_BYTES) {
    throw malformed(`'cert' holds more than ${MAX_CERTIFICATE_BYTES} bytes.`);
  }
  let refusal = malformed("'cert' does not decrypt to text: wrong secret, mode or contents.");
  for (const { text } of await openWithSecret(c, envelope)) {
    try {
      return parseFirstCertificate(text);
    } catch (error) {
      refusal = malformed("'cert' does not hold a certificate in PEM.", error);
    }
  }
  throw refusal;
}

/** In a file with a chain, the certificate itself is the first. */
function parseFirstCertificate(text: string): Certificate {
  const block = parsePem(text).find(
    ({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE',
  );
  if (block === undefined) throw malformed("'cert' holds no certificate.");
  return parseCertificate(block.der);
}

/** Every distinct serial among the readings, or only the padded ones: correct padding is proof. */
function readSerials(readings: readonly OpenedEnvelope[]): readonly string[] {
  const found = readings.flatMap(({ text, padded, isForgeable }) => {
    if (isForgeable || (!padded && text.length < MIN_UNPADDED_DIGITS)) return [];
    const serialHex = normalizeSerialHex(text.trim().replace(/^(?:serial=|0x)/i, ''));
    return serialHex === null ? [] : [{ serialHex, padded }];
  });
  const padded = found.filter((reading) => reading.padded);
  return [...new Set((padded.length > 0 ? padded : found).map(({ serialHex }) => serialHex))];
}

function malformed(message: string, cause?: unknown): SignetError {
  return new SignetError('malformed-certificate', message, { field: 'cert', cause });
}

function refuseSerial(message: string): SignetError {
  return new SignetError('invalid-parameter', message, { field: 'serial' });
}

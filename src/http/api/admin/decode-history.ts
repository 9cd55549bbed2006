import { PemError, parsePem } from '../../../asn1/pem.ts';
import type {
  ImportedCertificate,
  ImportedHistory,
  ImportedRevocation,
} from '../../../authorities/history.ts';
import { SignetError } from '../../../errors.ts';
import { REVOCATION_REASONS } from '../../../revocation/reasons.ts';
import { normalizeSerialHex } from '../../../x509/certificate/serial-number.ts';
import { type JsonObject, readOptionalText, refuseUnknownFields } from '../../json.ts';
import { parseDateTime } from '../common/date-time.ts';

/** At most this many per call, because each certificate costs a signature check. */
export const MAX_CERTIFICATES = 500;
const MAX_SUBJECT_LENGTH = 2048;

const REASONS: Readonly<Record<string, number>> = REVOCATION_REASONS;

/** @throws SignetError invalid-parameter, malformed-certificate or malformed-crl, naming the serial number or the place */
export function decodeHistory(body: JsonObject): ImportedHistory {
  refuseUnknownFields(body, ['uniqueSubject', 'crl', 'lastCrlNumber', 'certificates']);
  const certificates = body.certificates ?? [];
  if (!Array.isArray(certificates) || certificates.length > MAX_CERTIFICATES) {
    throw invalid(
      'certificates',
      `'certificates' must be an array of at most ${MAX_CERTIFICATES} objects. Send more in further calls.`,
    );
  }
  const crl = readOptionalText(body, 'crl');
  return {
    uniqueSubject: readFlag(body.uniqueSubject),
    crlDer: crl === null ? null : readPem(crl, 'X509 CRL', 'malformed-crl', 'crl', "'crl'"),
    lastCrlNumber: readCrlNumber(body.lastCrlNumber),
    certificates: certificates.map(decodeCertificate),
  };
}

function decodeCertificate(value: unknown, index: number): ImportedCertificate {
  const place = `certificates[${index}]`;
  const entry = readObject(value, place);
  return within(place, () => {
    refuseUnknownFields(entry, ['serial', 'certificate', 'subject', 'notAfter', 'revocation']);
    const serial = readOptionalText(entry, 'serial') ?? '';
    // RFC 5280 section 4.1.2.2 demands a positive number, but some CAs began with 0.
    const serialHex = /^0{1,40}$/.test(serial) ? '0' : normalizeSerialHex(serial);
    if (serialHex === null) {
      throw invalid('serial', "'serial' must be a serial number in hexadecimal, up to 20 octets.");
    }
    return within(`serial ${serialHex}`, () => decodeEntry(entry, serialHex));
  });
}

function decodeEntry(entry: JsonObject, serialHex: string): ImportedCertificate {
  const certificate = readOptionalText(entry, 'certificate');
  const notAfter = readOptionalText(entry, 'notAfter');
  if (certificate === null && notAfter === null) {
    throw invalid('notAfter', "'notAfter' is required without 'certificate'.");
  }
  const subject = readOptionalText(entry, 'subject') ?? '';
  if (subject.length > MAX_SUBJECT_LENGTH || /\p{Cc}/u.test(subject)) {
    throw invalid(
      'subject',
      `'subject' must be at most ${MAX_SUBJECT_LENGTH} characters without control characters.`,
    );
  }
  return {
    serialHex,
    certificateDer:
      certificate === null
        ? null
        : readPem(
            certificate,
            'CERTIFICATE',
            'malformed-certificate',
            'certificates',
            "'certificate'",
          ),
    subject,
    notAfterSeconds: notAfter === null ? null : readMoment(notAfter, 'notAfter'),
    revocation: decodeRevocation(entry.revocation),
  };
}

function decodeRevocation(value: unknown): ImportedRevocation | null {
  if (value === undefined || value === null) return null;
  const revocation = readObject(value, 'revocation');
  refuseUnknownFields(revocation, ['revokedAt', 'reason', 'invalidityDate']);
  const revokedAt = readOptionalText(revocation, 'revokedAt');
  if (revokedAt === null) throw invalid('revokedAt', "'revokedAt' is missing in 'revocation'.");
  const reasonName = readOptionalText(revocation, 'reason') ?? 'unspecified';
  const reason = Object.hasOwn(REASONS, reasonName) ? REASONS[reasonName] : undefined;
  if (reason === undefined) {
    throw invalid('reason', `'reason' must be one of ${Object.keys(REASONS).join(', ')}.`);
  }
  const invalidityDate = readOptionalText(revocation, 'invalidityDate');
  return {
    revokedAtSeconds: readMoment(revokedAt, 'revokedAt'),
    reason,
    invalidityDateSeconds:
      invalidityDate === null ? null : readMoment(invalidityDate, 'invalidityDate'),
  };
}

function readMoment(text: string, field: string): number {
  const seconds = parseDateTime(text, field);
  if (seconds >= 0) return seconds;
  throw invalid(field, `'${field}' is before 1970.`);
}

function readPem(
  text: string,
  label: string,
  code: 'malformed-certificate' | 'malformed-crl',
  field: string,
  name: string,
): Uint8Array {
  try {
    const blocks = parsePem(text).filter((block) => block.label === label);
    const [block] = blocks;
    if (block !== undefined && blocks.length === 1) return block.der;
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw new SignetError(code, `${name} is broken PEM: ${error.message}.`, { field });
  }
  throw new SignetError(code, `${name} must be PEM with exactly one ${label}.`, { field });
}

function readFlag(value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw invalid('uniqueSubject', "'uniqueSubject' must be true or false.");
}

function readCrlNumber(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid('lastCrlNumber', "'lastCrlNumber' must be a whole number of 0 or more.");
}

function readObject(value: unknown, name: string): JsonObject {
  if (isObject(value)) return value;
  throw invalid('certificates', `'${name}' must be an object.`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Puts the place in the list before the message of an error. */
function within<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    const field = error.field === undefined ? {} : { field: error.field };
    throw new SignetError(error.code, `${place}: ${error.message}`, { ...field, cause: error });
  }
}

function invalid(field: string, message: string): SignetError {
  return new SignetError('invalid-parameter', message, { field });
}

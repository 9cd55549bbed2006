import { encodeElement, TAG } from '../../asn1/der.ts';
import { encodeGeneralizedTime, encodeTime } from '../../asn1/time.ts';
import { encodeSerialHex } from '../certificate/serial-number.ts';

/** An entry of a CRL. */
export interface RevokedCertificate {
  /** As in Certificate. */
  readonly serialHex: string;
  readonly revokedAtSeconds: number;
  /** CRLReason number, RFC 5280 section 5.3.1. */
  readonly reason: number;
  readonly invalidityDateSeconds: number | null;
}

/** SEQUENCE { OID reasonCode, OCTET STRING { ENUMERATED … } } without the last byte, the reason. */
const REASON_CODE_HEAD = Uint8Array.fromHex('300a0603551d1504030a01');
/** SEQUENCE { OID invalidityDate, OCTET STRING { … } } without the GeneralizedTime at the end. */
const INVALIDITY_DATE_HEAD = Uint8Array.fromHex('30180603551d180411');
const REASON_CODE_BYTES = REASON_CODE_HEAD.length + 1;
const INVALIDITY_DATE_BYTES = INVALIDITY_DATE_HEAD.length + 17;
/** Header, INTEGER header with sign byte, longest time: all but serial number and extensions. */
const PLAIN_ENTRY_BYTES = 2 + 3 + 17;
/** RFC 5280 section 4.1.2.2 allows 20. Up to 32, all lengths fit their one-byte form. */
const MAX_SERIAL_BYTES = 32;
const DAY_SECONDS = 86400;

/**
 * Writes the entries of revokedCertificates (RFC 5280 section 5.1.2.6), joined, without the SEQUENCE
 * around them. All go into one buffer; through the schema, each entry takes 20 µs.
 * @throws RangeError for a serial number over 32 bytes
 */
export function encodeRevokedEntries(entries: readonly RevokedCertificate[]): Uint8Array {
  const buffer = new Uint8Array(boundRevokedEntries(entries));
  return buffer.subarray(0, writeRevokedEntries(buffer, 0, entries));
}

/** Returns an upper bound for the bytes of the entries. @throws RangeError for a serial number over 32 bytes */
export function boundRevokedEntries(entries: readonly RevokedCertificate[]): number {
  let bound = 0;
  for (const { serialHex, reason, invalidityDateSeconds } of entries) {
    const serialBytes = (serialHex.length + 1) >> 1;
    if (serialBytes > MAX_SERIAL_BYTES) throw new RangeError('serial number over 32 bytes');
    bound += PLAIN_ENTRY_BYTES + serialBytes;
    if (reason !== 0 || invalidityDateSeconds !== null) bound += 2;
    if (reason !== 0) bound += REASON_CODE_BYTES;
    if (invalidityDateSeconds !== null) bound += INVALIDITY_DATE_BYTES;
  }
  return bound;
}

/** Writes the entries into `buffer` at `start` and returns the offset after them. */
export function writeRevokedEntries(
  buffer: Uint8Array,
  start: number,
  entries: readonly RevokedCertificate[],
): number {
  const writeTime = createTimeWriter(buffer);
  let offset = start;
  for (const entry of entries) offset = writeEntry(buffer, offset, entry, writeTime);
  return offset;
}

/** Writes one entry and returns the offset after it. */
function writeEntry(
  buffer: Uint8Array,
  start: number,
  entry: RevokedCertificate,
  writeTime: (offset: number, seconds: number) => number,
): number {
  let offset = writeTime(writeSerial(buffer, start + 2, entry.serialHex), entry.revokedAtSeconds);
  // The reason unspecified is left out (section 5.3.1).
  const reasonBytes = entry.reason === 0 ? 0 : REASON_CODE_BYTES;
  const dateBytes = entry.invalidityDateSeconds === null ? 0 : INVALIDITY_DATE_BYTES;
  if (reasonBytes + dateBytes > 0) {
    buffer[offset++] = TAG.sequence;
    buffer[offset++] = reasonBytes + dateBytes;
  }
  if (reasonBytes > 0) {
    offset = writeBytes(buffer, offset, REASON_CODE_HEAD);
    buffer[offset++] = entry.reason;
  }
  if (entry.invalidityDateSeconds !== null) {
    offset = writeBytes(buffer, offset, INVALIDITY_DATE_HEAD);
    offset = writeBytes(buffer, offset, encodeGeneralizedTime(entry.invalidityDateSeconds));
  }
  buffer[start] = TAG.sequence;
  buffer[start + 1] = offset - start - 2;
  return offset;
}

/**
 * Makes a faster `encodeTime`: it encodes each day once, because the times of a day differ only in
 * the six digits before the Z.
 */
function createTimeWriter(buffer: Uint8Array): (offset: number, seconds: number) => number {
  let day = Number.NaN;
  let midnight: Uint8Array = new Uint8Array(0);
  return (offset, seconds) => {
    const secondOfDay = ((seconds % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
    if (seconds - secondOfDay !== day) {
      day = seconds - secondOfDay;
      midnight = encodeTime(day);
    }
    const end = writeBytes(buffer, offset, midnight);
    writeTwoDigits(buffer, end - 7, Math.floor(secondOfDay / 3600));
    writeTwoDigits(buffer, end - 5, Math.floor(secondOfDay / 60) % 60);
    writeTwoDigits(buffer, end - 3, secondOfDay % 60);
    return end;
  };
}

function writeTwoDigits(buffer: Uint8Array, offset: number, value: number): void {
  buffer[offset] = 0x30 + Math.floor(value / 10);
  buffer[offset + 1] = 0x30 + (value % 10);
}

function writeSerial(buffer: Uint8Array, start: number, serialHex: string): number {
  if (serialHex.startsWith('-')) {
    return writeBytes(buffer, start, encodeElement(TAG.integer, encodeSerialHex(serialHex)));
  }
  const serialBytes = (serialHex.length + 1) >> 1;
  let offset = start + 2;
  let digit = 0;
  // With an odd number of digits, the first byte has one digit.
  if (serialHex.length % 2 === 1) buffer[offset++] = hexDigit(serialHex, digit++);
  else if (hexDigit(serialHex, 0) >= 8) buffer[offset++] = 0;
  while (digit < serialHex.length) {
    buffer[offset++] = (hexDigit(serialHex, digit) << 4) | hexDigit(serialHex, digit + 1);
    digit += 2;
  }
  if (serialBytes === 0) throw new RangeError('empty serial number');
  buffer[start] = TAG.integer;
  buffer[start + 1] = offset - start - 2;
  return offset;
}

function hexDigit(hex: string, index: number): number {
  const code = hex.charCodeAt(index);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  throw new RangeError('serial number not in lower-case hex');
}

function writeBytes(buffer: Uint8Array, offset: number, bytes: Uint8Array): number {
  buffer.set(bytes, offset);
  return offset + bytes.length;
}

import { concatBytes, encodeUtf8 } from '../bytes.ts';
import { ByteCursor } from './byte-cursor.ts';
import { RECORD_TYPES } from './network.ts';
import { NetworkError } from './network-error.ts';

/** DNS messages (RFC 1035 section 4.1), as far as a client of a resolver needs them. */

export interface DnsRecord {
  /** In lower case, without a trailing dot. */
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
  /** The target of a CNAME, else null. */
  readonly target: string | null;
}

export interface DnsResponse {
  /** RCODE: 0 for success, 3 if the name does not exist. */
  readonly code: number;
  readonly answers: readonly DnsRecord[];
  /** Whether the authority section has an SOA record: that the records do not exist is certain. */
  readonly isNegative: boolean;
}

const CLASS_IN = 1;
const SOA = 6;
const RECURSION_DESIRED = 0x0100;
const IS_RESPONSE = 0x8000;
const IS_TRUNCATED = 0x0200;
const HEADER_BYTES = 12;
const MAX_NAME_BYTES = 255;

/**
 * Writes a query. Its id is 0, so that caches can compare queries (RFC 8484 section 4.1).
 * @param name ASCII
 * @throws NetworkError dns if it is not a DNS name
 */
export function encodeDnsQuery(name: string, type: number): Uint8Array<ArrayBuffer> {
  const labels = name.split('.').map(encodeUtf8);
  const isValid =
    labels.every(({ length }) => length > 0 && length < 64) && /^[\x21-\x7e]{1,253}$/.test(name);
  if (!isValid) throw new NetworkError('dns', 'The name is not a DNS name.');
  return concatBytes(
    encodeUint16s(0, RECURSION_DESIRED, 1, 0, 0, 0),
    ...labels.flatMap((label) => [Uint8Array.of(label.length), label]),
    Uint8Array.of(0),
    encodeUint16s(type, CLASS_IN),
  );
}

function encodeUint16s(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff]));
}

/**
 * Reads the response to the query for `name` and `type`.
 * @throws NetworkError dns
 */
export function parseDnsResponse(bytes: Uint8Array, name: string, type: number): DnsResponse {
  const cursor = new ByteCursor(bytes, 'dns', 'The resolver sent a malformed DNS message.');
  cursor.take(2);
  const flags = cursor.takeUint(2);
  const [questions = 0, answers = 0, authorities = 0] = [2, 2, 2].map((n) => cursor.takeUint(n));
  cursor.take(2);
  if ((flags & IS_RESPONSE) === 0 || questions !== 1) throw cursor.refuse();
  const isOurs = readName(cursor) === name.toLowerCase() && cursor.takeUint(2) === type;
  if (!isOurs || cursor.takeUint(2) !== CLASS_IN) throw cursor.refuse();
  // DNS over HTTPS has no limit that a message would be truncated for.
  if ((flags & IS_TRUNCATED) !== 0) throw cursor.refuse();
  const records = Array.from({ length: answers }, () => readRecord(cursor));
  const authority = Array.from({ length: authorities }, () => readRecord(cursor));
  return {
    code: flags & 0xf,
    answers: records.filter((record) => record !== null),
    isNegative: authority.some((record) => record?.type === SOA),
  };
}

/** Returns null for a record of another class than IN. */
function readRecord(cursor: ByteCursor): DnsRecord | null {
  const name = readName(cursor);
  const type = cursor.takeUint(2);
  const recordClass = cursor.takeUint(2);
  cursor.take(4);
  const length = cursor.takeUint(2);
  const start = cursor.offset;
  const data = cursor.take(length);
  if (recordClass !== CLASS_IN) return null;
  const target = type === RECORD_TYPES.CNAME ? readTarget(cursor, start, length) : null;
  return { name, type, data, target };
}

/** The name in the data of a record may point to names before it. */
function readTarget(cursor: ByteCursor, start: number, length: number): string {
  const inside = new ByteCursor(cursor.bytes, 'dns', cursor.refuse().message, start);
  const target = readName(inside);
  if (inside.offset !== start + length) throw cursor.refuse();
  return target;
}

/** Reads a name, following pointers (RFC 1035 section 4.1.4). Each must point before the last one. */
function readName(cursor: ByteCursor): string {
  const labels: string[] = [];
  let reading = cursor;
  let earliest = cursor.offset;
  for (let bytes = 1; ; ) {
    const length = reading.takeUint(1);
    if (length === 0) return labels.join('.');
    if (length >= 0xc0) {
      const target = (length & 0x3f) * 256 + reading.takeUint(1);
      if (target >= earliest || target < HEADER_BYTES) throw cursor.refuse();
      earliest = target;
      reading = new ByteCursor(cursor.bytes, 'dns', cursor.refuse().message, target);
      continue;
    }
    if (length > 63) throw cursor.refuse();
    bytes += 1 + length;
    if (bytes > MAX_NAME_BYTES) throw cursor.refuse();
    labels.push(escapeLabel(reading.take(length)));
  }
}

/** Writes a label in lower case, and bytes that would not be distinct in text as `\DDD`. */
function escapeLabel(label: Uint8Array): string {
  return Array.from(label, (byte) => {
    const character = String.fromCharCode(byte);
    return /[!-~]/.test(character) && !/[.\\]/.test(character)
      ? character.toLowerCase()
      : `\\${String(byte).padStart(3, '0')}`;
  }).join('');
}

import { SignetError } from '../../errors.ts';
import { normalizeSerialHex } from '../../x509/certificate/serial-number.ts';
import type { Call } from '../call.ts';
import { decodeEnvelope, type OpenedEnvelope } from './envelope.ts';
import { openWithSecret } from './read-request.ts';

const MAX_ENVELOPE_BYTES = 128;

/**
 * Without padding nothing but its form tells a serial from what a stranger's random bytes decrypt
 * to, and CFB authenticates nothing: two random bytes are hex digits once in 135 tries, eight once
 * in 10^8, and then they must be a serial that was issued. A limit of ours.
 */
const MIN_UNPADDED_DIGITS = 8;

/**
 * The serial in an envelope, in this project's form. It need not be one that was issued.
 * @throws SignetError invalid-parameter
 */
export async function findBySerial(call: Call, body: string): Promise<string> {
  const envelope = decodeEnvelope(body);
  if (envelope === null || envelope.length > MAX_ENVELOPE_BYTES) {
    throw refuse("'serial' is not base64 of at most 128 bytes.");
  }
  const [serialHex, ...others] = readSerials(await openWithSecret(call, envelope));
  if (serialHex === undefined || others.length > 0) {
    throw refuse(
      `'serial' does not decrypt to a serial number in hexadecimal; without padding it needs at least ${MIN_UNPADDED_DIGITS} digits, leading zeros included.`,
    );
  }
  return serialHex;
}

/** Every distinct serial among the readings; one whose padding is right leaves no doubt. */
function readSerials(readings: readonly OpenedEnvelope[]): readonly string[] {
  const found = readings.flatMap(({ text, padded }) => {
    if (!padded && text.length < MIN_UNPADDED_DIGITS) return [];
    const serialHex = normalizeSerialHex(text.trim().replace(/^(?:serial=|0x)/i, ''));
    return serialHex === null ? [] : [{ serialHex, padded }];
  });
  const padded = found.filter((reading) => reading.padded);
  return [...new Set((padded.length > 0 ? padded : found).map(({ serialHex }) => serialHex))];
}

function refuse(message: string): SignetError {
  return new SignetError('invalid-parameter', message, { field: 'serial' });
}

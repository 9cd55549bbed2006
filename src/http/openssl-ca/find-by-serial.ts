import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { SignetError } from '../../errors.ts';
import { normalizeSerialHex } from '../../x509/serial-number.ts';
import type { Call } from '../call.ts';
import { decodeEnvelope, type OpenedEnvelope } from './envelope.ts';
import { openWithSecret } from './read-request.ts';

const MAX_ENVELOPE_BYTES = 128;

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
  if (serialHex === undefined) {
    throw refuse("'serial' does not decrypt to a serial number in hexadecimal.");
  }
  return others.length === 0 ? serialHex : chooseIssued(call, [serialHex, ...others]);
}

/** Every distinct serial among the readings; one whose padding is right leaves no doubt. */
function readSerials(readings: readonly OpenedEnvelope[]): readonly string[] {
  const found = readings.flatMap(({ text, padded }) => {
    const serialHex = normalizeSerialHex(text.trim().replace(/^(?:serial=|0x)/i, ''));
    return serialHex === null ? [] : [{ serialHex, padded }];
  });
  const padded = found.filter((reading) => reading.padded);
  return [...new Set((padded.length > 0 ? padded : found).map(({ serialHex }) => serialHex))];
}

/** A serial of a byte or two can read as hex in both modes: then the record decides, or nobody. */
async function chooseIssued(call: Call, serials: readonly string[]): Promise<string> {
  const issued = await Promise.all(
    serials.map(async (serialHex) =>
      (await call.services.findCertificates(serialHex, DEFAULT_AUTHORITY_ID)).length > 0
        ? [serialHex]
        : [],
    ),
  );
  const [serialHex, ...others] = issued.flat();
  if (serialHex === undefined || others.length > 0) {
    throw refuse("'serial' can be read in two ways: pad it to 16 bytes before encrypting.");
  }
  return serialHex;
}

function refuse(message: string): SignetError {
  return new SignetError('invalid-parameter', message, { field: 'serial' });
}

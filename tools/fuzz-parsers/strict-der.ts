import { DerError } from '../../src/asn1/der.ts';
import { assertStrictDer } from '../../src/asn1/strict-der.ts';
import { repairDer } from './ber.ts';
import { assertSame, attempt } from './oracle.ts';

/** Returns the input unchanged, and as DER if it is not DER. */
export function* listDerReadings(data: Uint8Array): Generator<Uint8Array> {
  yield new Uint8Array(data);
  if (attempt(() => assertStrictDer(data) ?? true, DerError) === null) {
    yield new Uint8Array(repairDer(data));
  }
}

/** Checks that bytes accepted as strict DER are the only encoding of their content. */
export function assertOneEncoding(der: Uint8Array): void {
  assertSame('strict DER that encodes otherwise', encodeAgain(der), der);
}

/** Parses tags and lengths independently of src/ and writes their shortest form. */
function encodeAgain(der: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  const view = new DataView(der.buffer, der.byteOffset, der.byteLength);
  for (let at = 0; at < der.length; ) {
    const tag = view.getUint8(at);
    const form = view.getUint8(at + 1);
    const extra = form < 0x80 ? 0 : form - 0x80;
    const digits = Buffer.from(der.subarray(at + 2, at + 2 + extra)).toString('hex');
    const length = extra === 0 ? form : Number.parseInt(digits, 16);
    const start = at + 2 + extra;
    const content = der.subarray(start, start + length);
    parts.push(encodeShortest(tag, (tag & 0x20) === 0 ? content : encodeAgain(content)));
    at = start + length;
  }
  return Buffer.concat(parts);
}

function encodeShortest(tag: number, content: Uint8Array): Uint8Array {
  const hex = content.length.toString(16);
  const digits = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  const header = content.length < 128 ? [content.length] : [0x80 + digits.length, ...digits];
  return Buffer.concat([Uint8Array.from([tag, ...header]), content]);
}

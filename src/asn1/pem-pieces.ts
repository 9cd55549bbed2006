import { encodeUtf8 } from '../bytes.ts';

const LINE_CHARACTERS = 64;
const LINE_BYTES = 48;

/** Returns the number of bytes that `encodePemPieces` yields for DER of `derLength` bytes. */
export function pemLength(label: string, derLength: number): number {
  const characters = 4 * Math.ceil(derLength / 3);
  const lines = Math.ceil(characters / LINE_CHARACTERS);
  return boundary('BEGIN', label).length + characters + lines + boundary('END', label).length;
}

/** Writes PEM (RFC 7468) piece by piece, from DER in pieces of any length. */
export async function* encodePemPieces(
  label: string,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield boundary('BEGIN', label);
  let left: Uint8Array = new Uint8Array(0);
  for await (const piece of pieces) {
    const bytes = new Uint8Array(left.length + piece.length);
    bytes.set(left);
    bytes.set(piece, left.length);
    const whole = bytes.length - (bytes.length % LINE_BYTES);
    if (whole > 0) yield encodeLines(bytes.subarray(0, whole));
    left = bytes.slice(whole);
  }
  if (left.length > 0) yield encodeLines(left);
  yield boundary('END', label);
}

function encodeLines(bytes: Uint8Array): Uint8Array {
  const characters = encodeUtf8(bytes.toBase64());
  const lines = Math.ceil(characters.length / LINE_CHARACTERS);
  const text = new Uint8Array(characters.length + lines);
  for (let line = 0; line < lines; line++) {
    const start = line * LINE_CHARACTERS;
    const row = characters.subarray(start, start + LINE_CHARACTERS);
    text.set(row, start + line);
    text[start + line + row.length] = 0x0a;
  }
  return text;
}

function boundary(side: 'BEGIN' | 'END', label: string): Uint8Array {
  return encodeUtf8(`-----${side} ${label}-----\n`);
}

import { encodeUtf8 } from '../bytes.ts';

const ENCODER = new TextEncoder();
const LINE_CHARACTERS = 64;
const LINE_BYTES = 48;

/** Returns the number of bytes that `encodePemPieces` yields for DER of `derLength` bytes. */
export function pemLength(label: string, derLength: number): number {
  const characters = 4 * Math.ceil(derLength / 3);
  const lines = Math.ceil(characters / LINE_CHARACTERS);
  return boundary('BEGIN', label).length + characters + lines + boundary('END', label).length;
}

/**
 * Whole lines are encoded in blocks of at most so many bytes: the texts in between stay short, and are
 * collected soon.
 */
const BLOCK_BYTES = 512 * LINE_BYTES;

/** Writes PEM (RFC 7468) piece by piece, from DER in pieces of any length. */
export async function* encodePemPieces(
  label: string,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield boundary('BEGIN', label);
  const begun = new Uint8Array(LINE_BYTES);
  let length = 0;
  for await (const piece of pieces) {
    let from = 0;
    if (length > 0) {
      from = Math.min(LINE_BYTES - length, piece.length);
      begun.set(piece.subarray(0, from), length);
      length += from;
      if (length < LINE_BYTES) continue;
      yield encodeLines(begun);
    }
    const end = piece.length - ((piece.length - from) % LINE_BYTES);
    for (; from < end; from += BLOCK_BYTES) {
      yield encodeLines(piece.subarray(from, Math.min(from + BLOCK_BYTES, end)));
    }
    begun.set(piece.subarray(end));
    length = piece.length - end;
  }
  if (length > 0) yield encodeLines(begun.subarray(0, length));
  yield boundary('END', label);
}

function encodeLines(bytes: Uint8Array): Uint8Array {
  const base64 = bytes.toBase64();
  const lines = Math.ceil(base64.length / LINE_CHARACTERS);
  const text = new Uint8Array(base64.length + lines);
  // The characters stand at the end first. Each row moves to its place, which no later row is at.
  ENCODER.encodeInto(base64, text.subarray(lines));
  for (let line = 0, end = 0; line < lines; line++) {
    const from = lines + line * LINE_CHARACTERS;
    const to = Math.min(from + LINE_CHARACTERS, text.length);
    text.copyWithin(end, from, to);
    end += to - from;
    text[end++] = 0x0a;
  }
  return text;
}

function boundary(side: 'BEGIN' | 'END', label: string): Uint8Array {
  return encodeUtf8(`-----${side} ${label}-----\n`);
}

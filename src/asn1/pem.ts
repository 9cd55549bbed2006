/** A PEM text (RFC 7468) cannot be read. The message names the block by its label. */
export class PemError extends Error {
  override readonly name = 'PemError';
}

export interface PemBlock {
  /** The text after BEGIN, for example "CERTIFICATE". */
  readonly label: string;
  /** The decoded body; ciphertext if `encrypted`. */
  readonly der: Uint8Array<ArrayBuffer>;
  /** Whether RFC 1421 headers say "Proc-Type: 4,ENCRYPTED". */
  readonly encrypted: boolean;
}

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';
const MAX_LABEL_LENGTH = 64;
/** RFC 7468 section 3: printable characters, with single spaces or hyphens between them. */
const LABEL = /^[\x21-\x2c\x2e-\x7e]+(?:[ -][\x21-\x2c\x2e-\x7e]+)*$/;

/**
 * Returns the blocks of a text by the lax rules of RFC 7468: any text around and between them, any
 * line ends, white space anywhere in the base64. A boundary may share a line with base64, as in
 * secrets whose line ends were lost. Line ends may be written as "\\n", as in JSON, and UTF-16 may be
 * read byte by byte. Takes time linear in the length of the text.
 * @throws PemError for a block without a matching END, with wrong base64, or without content
 */
export function parsePem(given: string): PemBlock[] {
  const text = dropZeroBytes(given);
  const blocks: PemBlock[] = [];
  for (let at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at)) {
    const begin = readLabel(text, at + BEGIN.length);
    if (begin === null) {
      at += BEGIN.length;
      continue;
    }
    const { label } = begin;
    const bodyEnd = text.indexOf(END, begin.end);
    const end = bodyEnd < 0 ? null : readLabel(text, bodyEnd + END.length);
    const body = text.slice(begin.end, Math.max(bodyEnd, begin.end));
    if (end === null || body.includes(BEGIN)) throw new PemError(`the block "${label}" has no END`);
    if (end.label !== label) {
      throw new PemError(`the block "${label}" ends with END "${end.label}"`);
    }
    blocks.push({ label, ...decodeBody(label, body) });
    at = end.end;
  }
  return blocks;
}

/** Tells whether a text has something that looks like a PEM block. */
export function hasPemBlock(text: string): boolean {
  return dropZeroBytes(text).includes(BEGIN);
}

/** PEM is ASCII, so UTF-16 has a zero byte in every character. No PEM has one otherwise. */
export function dropZeroBytes(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text;
}

/** Returns the label at `start` and the end of its closing dashes, or null without one. */
function readLabel(text: string, start: number): { label: string; end: number } | null {
  const ahead = text.slice(start, start + MAX_LABEL_LENGTH + DASHES.length);
  const length = ahead.indexOf(DASHES);
  const label = ahead.slice(0, Math.max(length, 0));
  return LABEL.test(label) ? { label, end: start + length + DASHES.length } : null;
}

function decodeBody(label: string, given: string): Pick<PemBlock, 'der' | 'encrypted'> {
  // A backslash is neither in base64 nor in the headers of private keys.
  const body = given.includes('\\') ? given.replace(/\\r\\n|\\n|\\r/g, '\n') : given;
  let base64 = body;
  let encrypted = false;
  // A colon means headers (RFC 1421 section 4.4), which end with a blank line.
  if (body.includes(':')) {
    const lines = body.trimStart().split(/\r\n|\r|\n/);
    const blank = lines.findIndex((line) => line.trim() === '');
    if (blank < 0) throw new PemError(`the headers of the block "${label}" have no end`);
    encrypted = lines
      .slice(0, blank)
      .some((line) => /^Proc-Type:4,ENCRYPTED$/i.test(line.replace(/\s/g, '')));
    base64 = lines.slice(blank).join('\n');
  }
  let der: Uint8Array<ArrayBuffer>;
  try {
    der = Uint8Array.fromBase64(base64, { lastChunkHandling: 'strict' });
  } catch {
    throw new PemError(`the block "${label}" holds broken base64`);
  }
  if (der.length === 0) throw new PemError(`the block "${label}" is empty`);
  return { der, encrypted };
}

const COLUMNS = 64;

/** Writes the strict form of RFC 7468: 64 columns, LF, a trailing newline. */
export function encodePem(label: string, der: Uint8Array): string {
  const base64 = der.toBase64();
  let text = `${BEGIN}${label}${DASHES}\n`;
  for (let at = 0; at < base64.length; at += COLUMNS) {
    text += `${base64.slice(at, at + COLUMNS)}\n`;
  }
  return `${text}${END}${label}${DASHES}\n`;
}

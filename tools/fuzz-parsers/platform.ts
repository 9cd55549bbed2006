import { timingSafeEqual } from 'node:crypto';

/**
 * Adds workerd's hex and base64 methods to Node, with the same strictness: invalid text throws. Every
 * bundle imports it first. tools/byte-encodings.ts never throws, so it would hide findings.
 */

const WHITE_SPACE = /[\t\n\f\r ]/g;
const STRICT_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** The default ("loose") also accepts a last chunk without padding. */
const LOOSE_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

interface Base64Options {
  readonly alphabet?: 'base64' | 'base64url';
  readonly lastChunkHandling?: 'loose' | 'strict';
  readonly omitPadding?: boolean;
}

function fromBase64(text: string, options: Base64Options = {}): Uint8Array {
  const base64 = translate(text.replace(WHITE_SPACE, ''), options.alphabet ?? 'base64');
  const isStrict = options.lastChunkHandling === 'strict';
  if (!(isStrict ? STRICT_BASE64 : LOOSE_BASE64).test(base64)) throw new SyntaxError('no base64');
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  // The bits after the last byte must be zero.
  const again = Buffer.from(bytes).toString('base64');
  if (isStrict && again !== base64) throw new SyntaxError('no base64');
  return bytes;
}

/** Converts to base64's alphabet; characters of the other alphabet become invalid. */
function translate(text: string, alphabet: 'base64' | 'base64url'): string {
  if (alphabet === 'base64') return text;
  return text.replace(/[+/]/g, '!').replaceAll('-', '+').replaceAll('_', '/');
}

function toBase64(bytes: Uint8Array, options: Base64Options): string {
  const text = Buffer.from(bytes).toString('base64');
  const padded =
    options.alphabet === 'base64url' ? text.replaceAll('+', '-').replaceAll('/', '_') : text;
  return options.omitPadding === true ? padded.replaceAll('=', '') : padded;
}

function fromHex(text: string): Uint8Array {
  if (!/^(?:[0-9A-Fa-f]{2})*$/.test(text)) throw new SyntaxError('no hex');
  return new Uint8Array(Buffer.from(text, 'hex'));
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

define(Uint8Array, 'fromBase64', fromBase64);
define(Uint8Array, 'fromHex', fromHex);
define(Uint8Array.prototype, 'toBase64', function (this: Uint8Array, options: Base64Options = {}) {
  return toBase64(this, options);
});
define(Uint8Array.prototype, 'toHex', function (this: Uint8Array) {
  return Buffer.from(this).toString('hex');
});
define(SubtleCrypto.prototype, 'timingSafeEqual', (a: Uint8Array, b: Uint8Array) => {
  const [left, right] = [new Uint8Array(a), new Uint8Array(b)];
  if (left.length !== right.length) throw new TypeError('lengths differ');
  return timingSafeEqual(left, right);
});

import { decodeUtf8 } from '../bytes.ts';
import {
  type DerElement,
  DerError,
  DerLimitError,
  readChildren,
  readObjectIdentifier,
  readOnly,
  TAG,
} from './der.ts';

/** No certificate, CSR or CRL is nested deeper. Bounds the recursion on hostile input. */
const MAX_DEPTH = 24;

/**
 * Checks that `der` is one element of strict DER: minimal definite lengths, canonical values of
 * every universal type, bounded depth. Everything that a schema class reads passes this gate first.
 * @throws DerError with the rule that is broken; DerLimitError for valid DER that Signet does not read
 */
export function assertStrictDer(der: Uint8Array): void {
  const [tag = 0] = der;
  try {
    assertStrictElement(readOnly(der, tag), 0);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw error instanceof DerLimitError
      ? new DerLimitError(`DER beyond Signet's limits: ${error.message}`, { cause: error })
      : new DerError(`not valid DER: ${error.message}`, { cause: error });
  }
}

function assertStrictElement(element: DerElement, depth: number): void {
  if (depth > MAX_DEPTH) throw new DerLimitError(`nested deeper than ${MAX_DEPTH} levels`);
  const { tag, content } = element;
  if ((tag & 0x20) !== 0) {
    if (tag < 0x40 && tag !== TAG.sequence && tag !== TAG.set) {
      throw new DerError('constructed string');
    }
    const children = readChildren(content);
    for (const child of children) assertStrictElement(child, depth + 1);
    if (tag === TAG.set) assertSorted(children);
    return;
  }
  switch (tag) {
    case TAG.sequence & 0x1f:
    case TAG.set & 0x1f:
      throw new DerError('primitive SEQUENCE or SET');
    case TAG.boolean:
      if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
        throw new DerError('BOOLEAN is neither 00 nor FF');
      }
      return;
    case TAG.integer:
    case TAG.enumerated:
      assertMinimalInteger(content);
      return;
    case TAG.null:
      if (content.length !== 0) throw new DerError('NULL with content');
      return;
    case TAG.bitString:
      assertBitString(content);
      return;
    case TAG.objectIdentifier:
      readObjectIdentifier(element);
      return;
    case TAG.utf8String:
      if (decodeUtf8(content) === null) throw new DerError('UTF8String that is not UTF-8');
      return;
    default:
      return;
  }
}

function assertMinimalInteger([first, second]: Uint8Array): void {
  if (first === undefined) throw new DerError('empty INTEGER');
  if (second === undefined) return;
  if ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)) {
    throw new DerError('INTEGER not minimal');
  }
}

/** X.690 section 11.2.1: the unused bits are zero. */
function assertBitString(content: Uint8Array): void {
  const [unused] = content;
  if (unused === undefined || unused > 7 || (unused > 0 && content.length === 1)) {
    throw new DerError('BIT STRING with wrong unused bits');
  }
  if (((content.at(-1) ?? 0) & ((1 << unused) - 1)) !== 0) {
    throw new DerError('BIT STRING with padding bits set');
  }
}

/** Checks the order of a SET OF (X.690 section 11.6). @throws DerError */
export function assertSorted(elements: readonly DerElement[]): void {
  for (const [i, { bytes }] of elements.entries()) {
    const previous = elements[i - 1];
    if (previous !== undefined && compareEncodings(previous.bytes, bytes) > 0) {
      throw new DerError('SET OF not sorted');
    }
  }
}

/** Compares two encodings in the order of a SET OF: by octets, the shorter one padded with zeros. */
export function compareEncodings(a: Uint8Array, b: Uint8Array): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

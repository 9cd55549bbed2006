/**
 * Reading and writing DER (X.690) at the level of single elements, and refusing anything that is not
 * strict DER before a parser sees it. Tests hold what is written against @peculiar/asn1-x509, which
 * would make the Worker 20 KiB larger.
 */

/** Tag bytes, X.690 section 8.1.2: class and constructed bit included. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Deeper nesting than any certificate, CSR or CRL has; keeps recursion bounded on hostile input. */
const MAX_DEPTH = 24;

export class DerError extends Error {
  override readonly name = 'DerError';
}

/** One element: `bytes` holds header and content, `content` the content alone. Both are views. */
export interface DerElement {
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

/** Reads the element at `offset`. @throws DerError for indefinite, non-minimal or overlong lengths. */
export function readElement(der: Uint8Array, offset = 0): DerElement {
  const tag = der[offset];
  const first = der[offset + 1];
  if (tag === undefined || first === undefined) throw new DerError('truncated element');
  if ((tag & 0x1f) === 0x1f) throw new DerError('multi-byte tag');
  let length = first;
  let start = offset + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0) throw new DerError('indefinite length');
    if (count > 4) throw new DerError('length over 4 bytes');
    length = 0;
    for (let i = 0; i < count; i++) {
      const byte = der[start + i];
      if (byte === undefined) throw new DerError('truncated length');
      length = length * 256 + byte;
    }
    start += count;
    if (length < 0x80 || (count > 1 && length < 2 ** (8 * (count - 1)))) {
      throw new DerError('length not minimal');
    }
  }
  const end = start + length;
  if (end > der.length) throw new DerError('content runs past the end');
  return { tag, bytes: der.subarray(offset, end), content: der.subarray(start, end) };
}

/** Reads `der` as one element of `tag` that fills it exactly. */
export function readOnly(der: Uint8Array, tag: number): DerElement {
  const element = readElement(der);
  if (element.tag !== tag) {
    throw new DerError(`tag 0x${element.tag.toString(16)} where 0x${tag.toString(16)} belongs`);
  }
  if (element.bytes.length !== der.length) throw new DerError('bytes behind the element');
  return element;
}

/** The elements inside a constructed element's content. */
export function readChildren(content: Uint8Array): DerElement[] {
  const children: DerElement[] = [];
  for (let offset = 0; offset < content.length; ) {
    const child = readElement(content, offset);
    children.push(child);
    offset += child.bytes.length;
  }
  return children;
}

/** The content of an INTEGER that is not negative, without its sign byte. */
export function readUnsignedInteger(element: DerElement): Uint8Array {
  const { tag, content } = element;
  const [first, second] = content;
  if (tag !== TAG.integer || first === undefined) throw new DerError('not an INTEGER');
  if (first >= 0x80) throw new DerError('negative INTEGER');
  if (first !== 0 || second === undefined) return content;
  if (second < 0x80) throw new DerError('INTEGER not minimal');
  return content.subarray(1);
}

/** The bytes of a BIT STRING without unused bits. */
export function readBitStringBytes(element: DerElement): Uint8Array {
  if (element.tag !== TAG.bitString || element.content[0] !== 0) {
    throw new DerError('not a BIT STRING of whole bytes');
  }
  return element.content.subarray(1);
}

/** An OBJECT IDENTIFIER as dotted decimal. */
export function readObjectIdentifier(element: DerElement): string {
  const { tag, content } = element;
  if (tag !== TAG.objectIdentifier || content.length === 0) {
    throw new DerError('not an OBJECT IDENTIFIER');
  }
  const arcs: number[] = [];
  let value = 0;
  let started = false;
  for (const byte of content) {
    if (!started && byte === 0x80) throw new DerError('OBJECT IDENTIFIER arc not minimal');
    started = true;
    value = value * 128 + (byte & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER) throw new DerError('OBJECT IDENTIFIER arc too large');
    if (byte < 0x80) {
      if (arcs.length === 0) {
        const root = Math.min(2, Math.floor(value / 40));
        arcs.push(root, value - 40 * root);
      } else {
        arcs.push(value);
      }
      value = 0;
      started = false;
    }
  }
  if (started) throw new DerError('truncated OBJECT IDENTIFIER');
  return arcs.join('.');
}

/**
 * Walks the whole of `der` and throws DerError unless it is one well-formed DER element: definite
 * minimal lengths, bounded depth, canonical BOOLEAN and INTEGER, primitive strings.
 */
export function assertStrictDer(der: Uint8Array): void {
  const element = readElement(der);
  if (element.bytes.length !== der.length) throw new DerError('bytes behind the element');
  assertStrictElement(element, 0);
}

function assertStrictElement(element: DerElement, depth: number): void {
  if (depth > MAX_DEPTH) throw new DerError('nested too deep');
  const { tag, content } = element;
  if ((tag & 0x20) !== 0) {
    if (tag < 0x40 && tag !== TAG.sequence && tag !== TAG.set) {
      throw new DerError('constructed string');
    }
    for (const child of readChildren(content)) assertStrictElement(child, depth + 1);
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
    case TAG.enumerated: {
      const [first, second] = content;
      if (first === undefined) throw new DerError('empty INTEGER');
      if (second === undefined) return;
      if ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)) {
        throw new DerError('INTEGER not minimal');
      }
      return;
    }
    case TAG.null:
      if (content.length !== 0) throw new DerError('NULL with content');
      return;
    case TAG.bitString: {
      const unused = content[0];
      if (unused === undefined || unused > 7 || (unused > 0 && content.length === 1)) {
        throw new DerError('BIT STRING with wrong unused bits');
      }
      return;
    }
    case TAG.objectIdentifier:
      readObjectIdentifier(element);
      return;
    default:
      return;
  }
}

/** Tag and length of an element whose content has `length` bytes. */
export function encodeElementHeader(tag: number, length: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(2 + countLengthBytes(length));
  writeHeader(header, tag, length);
  return header;
}

/** How many bytes the long form of a length takes behind its first; 0 for the short form. */
function countLengthBytes(length: number): number {
  return length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
}

/** Returns the offset behind it. */
function writeHeader(der: Uint8Array, tag: number, length: number): number {
  const lengthBytes = countLengthBytes(length);
  der[0] = tag;
  der[1] = lengthBytes === 0 ? length : 0x80 | lengthBytes;
  for (let i = lengthBytes, rest = length; i > 0; i--, rest = Math.floor(rest / 256)) {
    der[1 + i] = rest & 0xff;
  }
  return 2 + lengthBytes;
}

/** One element of `tag` around the joined `contents`. */
export function encodeElement(
  tag: number,
  ...contents: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const content of contents) length += content.length;
  const der = new Uint8Array(2 + countLengthBytes(length) + length);
  let offset = writeHeader(der, tag, length);
  for (const content of contents) {
    der.set(content, offset);
    offset += content.length;
  }
  return der;
}

/** A SEQUENCE of elements that are encoded already. */
export function encodeSequence(...elements: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return encodeElement(TAG.sequence, ...elements);
}

/** An INTEGER that is not negative from its big-endian bytes; leading zeros are dropped. */
export function encodeUnsignedInteger(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const magnitude = bytes.length === 0 ? Uint8Array.of(0) : bytes.subarray(start);
  return (magnitude[0] ?? 0) >= 0x80
    ? encodeElement(TAG.integer, Uint8Array.of(0), magnitude)
    : encodeElement(TAG.integer, magnitude);
}

/** A BIT STRING of whole bytes. */
export function encodeBitString(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodeElement(TAG.bitString, Uint8Array.of(0), bytes);
}

/** An OBJECT IDENTIFIER from dotted decimal. */
export function encodeObjectIdentifier(dotted: string): Uint8Array<ArrayBuffer> {
  const [root = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const content: number[] = [];
  for (const arc of [root * 40 + second, ...rest]) {
    const septets = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      septets.unshift(0x80 | (left % 128));
    }
    content.push(...septets);
  }
  return encodeElement(TAG.objectIdentifier, Uint8Array.from(content));
}

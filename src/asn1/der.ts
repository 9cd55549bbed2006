/**
 * Reads and writes single DER elements (X.690). All DER that the schema classes do not write goes
 * through the writers here; tests compare it with what the schema classes write.
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

/** The schema library misreads an arc of 2^49 or more. Registered arcs are far smaller. */
export const MAX_ARC = 2 ** 49 - 1;

export class DerError extends Error {
  override readonly name: string = 'DerError';
}

/** An encoding that X.690 allows and Signet does not read. */
export class DerLimitError extends DerError {
  override readonly name = 'DerLimitError';
}

/** An element. `bytes` is header and content, `content` the content alone; both are views. */
export interface DerElement {
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

/** Reads the element at `offset`. @throws DerError for a length that is indefinite, not minimal or beyond the end */
export function readElement(der: Uint8Array, offset = 0): DerElement {
  const tag = der[offset];
  const first = der[offset + 1];
  if (tag === undefined || first === undefined) throw new DerError('truncated element');
  if ((tag & 0x1f) === 0x1f) throw new DerLimitError('multi-byte tag');
  let length = first;
  let start = offset + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0) throw new DerError('indefinite length');
    if (count > 4 && der[start] !== 0) throw new DerLimitError('length over 4 bytes');
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

/** Reads the one element of `tag` that fills `der`. @throws DerError */
export function readOnly(der: Uint8Array, tag: number): DerElement {
  const element = readElement(der);
  if (element.tag !== tag) {
    throw new DerError(`tag 0x${element.tag.toString(16)} where 0x${tag.toString(16)} belongs`);
  }
  if (element.bytes.length !== der.length) throw new DerError('bytes after the element');
  return element;
}

/** Reads the elements that make up the content of a constructed element. @throws DerError */
export function readChildren(content: Uint8Array): DerElement[] {
  const children: DerElement[] = [];
  for (let offset = 0; offset < content.length; ) {
    const child = readElement(content, offset);
    children.push(child);
    offset += child.bytes.length;
  }
  return children;
}

/** Returns the bytes of a non-negative INTEGER, without the sign byte. @throws DerError */
export function readUnsignedInteger(element: DerElement): Uint8Array {
  const { tag, content } = element;
  const [first, second] = content;
  if (tag !== TAG.integer || first === undefined) throw new DerError('not an INTEGER');
  if (first >= 0x80) throw new DerError('negative INTEGER');
  if (first !== 0 || second === undefined) return content;
  if (second < 0x80) throw new DerError('INTEGER not minimal');
  return content.subarray(1);
}

/** Returns the bytes of a BIT STRING that has no unused bits. @throws DerError */
export function readBitStringBytes(element: DerElement): Uint8Array {
  if (element.tag !== TAG.bitString || element.content[0] !== 0) {
    throw new DerError('not a BIT STRING without unused bits');
  }
  return element.content.subarray(1);
}

/** Returns an OBJECT IDENTIFIER in dotted decimal. @throws DerError */
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
    if (value > MAX_ARC) throw new DerLimitError('OBJECT IDENTIFIER arc of 2^49 or more');
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

/** Writes tag and length of an element whose content has `length` bytes. */
export function encodeElementHeader(tag: number, length: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(2 + countLengthBytes(length));
  writeHeader(header, tag, length);
  return header;
}

/** Counts the bytes after the first one of a length; 0 for the short form. */
function countLengthBytes(length: number): number {
  return length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
}

/** Writes tag and length at the start of `der` and returns the offset of the content. */
function writeHeader(der: Uint8Array, tag: number, length: number): number {
  const lengthBytes = countLengthBytes(length);
  der[0] = tag;
  der[1] = lengthBytes === 0 ? length : 0x80 | lengthBytes;
  for (let i = lengthBytes, rest = length; i > 0; i--, rest = Math.floor(rest / 256)) {
    der[1 + i] = rest & 0xff;
  }
  return 2 + lengthBytes;
}

/** Writes an element of `tag` whose content is `contents`, joined. */
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

/** Writes a SEQUENCE of encoded elements. */
export function encodeSequence(...elements: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return encodeElement(TAG.sequence, ...elements);
}

/** Writes a non-negative INTEGER. @param bytes big-endian, with or without leading zeros */
export function encodeUnsignedInteger(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const magnitude = bytes.length === 0 ? Uint8Array.of(0) : bytes.subarray(start);
  return (magnitude[0] ?? 0) >= 0x80
    ? encodeElement(TAG.integer, Uint8Array.of(0), magnitude)
    : encodeElement(TAG.integer, magnitude);
}

/** Writes a BIT STRING without unused bits. */
export function encodeBitString(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodeElement(TAG.bitString, Uint8Array.of(0), bytes);
}

/** Writes an OBJECT IDENTIFIER. @param dotted in dotted decimal */
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

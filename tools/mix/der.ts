/** A DER element by its position. This parser is independent of src/, whose output it checks. */
export interface Element {
  readonly tag: number;
  /** All bytes, with tag and length. */
  readonly der: Buffer;
  readonly content: Buffer;
}

export function readElements(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = readElement(bytes, at);
    elements.push(element);
    at += element.der.length;
  }
  return elements;
}

/** @throws RangeError if the element is incomplete */
export function readElement(bytes: Buffer, at = 0): Element {
  const tag = bytes.readUInt8(at);
  const first = bytes.readUInt8(at + 1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  if (start + length > bytes.length) throw new RangeError('An element is longer than the input');
  return {
    tag,
    der: bytes.subarray(at, start + length),
    content: bytes.subarray(start, start + length),
  };
}

/** Returns the element at an index. @throws RangeError */
export function elementAt(elements: readonly Element[], index: number): Element {
  const element = elements[index];
  if (element === undefined) throw new RangeError(`There is no element ${index}`);
  return element;
}

/** Returns lower-case hex without leading zeros, the form of serial numbers in the database. */
export function integerHex({ content }: Element): string {
  return content.toString('hex').replace(/^0+/, '');
}

/** @param contents at most 65535 bytes together */
export function encodeElement(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const length =
    content.length < 0x80
      ? [content.length]
      : content.length < 0x100
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

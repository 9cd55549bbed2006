import type { Mask } from './mask.ts';
import { OID_NAMES } from './oids.ts';

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly end: number;
}

const STRING_TAGS: Readonly<Record<number, string>> = {
  12: 'UTF8String',
  18: 'NumericString',
  19: 'PrintableString',
  20: 'TeletexString',
  22: 'IA5String',
  26: 'VisibleString',
  30: 'BMPString',
};

/** Parses one element, or returns null if the bytes are not one of definite length. */
function readElement(bytes: Buffer, start: number): Element | null {
  const tag = bytes[start];
  let length = bytes[start + 1];
  if (tag === undefined || length === undefined || (tag & 0x1f) === 0x1f) return null;
  let at = start + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4 || at + count > bytes.length) return null;
    length = bytes.readUIntBE(at, count);
    at += count;
  }
  if (at + length > bytes.length) return null;
  return { tag, content: bytes.subarray(at, at + length), end: at + length };
}

function readElements(bytes: Buffer): readonly Element[] | null {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = readElement(bytes, at);
    if (element === null) return null;
    elements.push(element);
    at = element.end;
  }
  return elements;
}

/**
 * The structure of DER as indented text: every tag, object identifier, flag and string in its order,
 * with keys, signatures, serial numbers and times masked.
 */
export function dumpDer(der: Uint8Array, mask: Mask): readonly string[] {
  const elements = readElements(Buffer.from(der));
  if (elements === null) return [`<${der.length} bytes that are not DER>`];
  return elements.flatMap((element) => dumpElement(element, mask, ''));
}

function dumpElement({ tag, content }: Element, mask: Mask, indent: string): readonly string[] {
  const line = (text: string) => [`${indent}${text}`];
  if ((tag & 0x20) !== 0) {
    const name = nameConstructed(tag);
    const children = readElements(content);
    if (children === null) return line(`${name} <not DER>`);
    const validity = describeValidity(children, mask.looseSeconds);
    return [
      ...line(validity === null ? name : `${name} ${validity}`),
      ...children.flatMap((child) => dumpElement(child, mask, `${indent}  `)),
    ];
  }
  if (tag >= 0x80) return line(`[${tag & 0x1f}] ${describeBytes(content, mask)}`);
  const string = STRING_TAGS[tag];
  if (string !== undefined) return line(`${string} ${mask.text(content.toString('utf8'))}`);
  switch (tag) {
    case 1:
      return line(`BOOLEAN ${content[0] === 0xff}`);
    case 2:
      return line(`INTEGER ${describeInteger(content, mask)}`);
    case 3:
      return dumpBits(content, mask, indent);
    case 4:
      return dumpOctets(content, mask, indent);
    case 5:
      return line('NULL');
    case 6:
      return line(`OID ${nameOid(content)}`);
    case 10:
      return line(`ENUMERATED ${content.toString('hex')}`);
    case 23:
    case 24:
      return line(`${tag === 23 ? 'UTCTime' : 'GeneralizedTime'} ${mask.time(readTime(content))}`);
    default:
      return line(`[tag ${tag}] <${content.length} bytes>`);
  }
}

function nameConstructed(tag: number): string {
  if (tag === 0x30) return 'SEQUENCE';
  if (tag === 0x31) return 'SET';
  return tag >= 0xa0 ? `[${tag & 0x1f}] constructed` : `[tag ${tag}] constructed`;
}

/** Two times in a row are a validity: its length shows what their masks hide. */
function describeValidity(children: readonly Element[], loose: boolean): string | null {
  const [first, second, ...others] = children;
  if (first === undefined || second === undefined || others.length > 0) return null;
  if (![first, second].every(({ tag }) => tag === 23 || tag === 24)) return null;
  const seconds = (readTime(second.content) - readTime(first.content)) / 1000;
  const exact = seconds % 86400;
  const rest = loose ? `about ${Math.round(exact / 60) * 60}` : exact;
  return `(${Math.floor(seconds / 86400)} days and ${rest} seconds)`;
}

function describeInteger(content: Buffer, mask: Mask): string {
  if (content.length <= 6) return String(content.readIntBE(0, content.length));
  const negative = (content[0] ?? 0) >= 0x80 ? ' negative' : '';
  if (content.length > 21) return `<${content.length} bytes>${negative}`;
  return `${mask.hex(content.toString('hex').replace(/^00/, ''))}${negative}`;
}

/** Keys and signatures are masked; named bits are shown. */
function dumpBits(content: Buffer, mask: Mask, indent: string): readonly string[] {
  const bits = content.subarray(1);
  if (bits.length <= 4) return [`${indent}BIT STRING ${content.toString('hex')}`];
  if (isEcdsaSignature(bits)) return [`${indent}BIT STRING <ECDSA signature>`];
  const inner = bits[0] === 0x30 ? readElements(bits) : null;
  if (inner !== null && inner.length === 1) {
    return [
      `${indent}BIT STRING, which holds`,
      ...inner.flatMap((element) => dumpElement(element, mask, `${indent}  `)),
    ];
  }
  return [`${indent}BIT STRING <${bits.length} bytes>`];
}

function isEcdsaSignature(bits: Buffer): boolean {
  const sequence = readElement(bits, 0);
  if (sequence?.tag !== 0x30 || sequence.end !== bits.length) return false;
  const parts = readElements(sequence.content) ?? [];
  return parts.length === 2 && parts.every((p) => p.tag === 2 && p.content.length > 20);
}

function dumpOctets(content: Buffer, mask: Mask, indent: string): readonly string[] {
  const inner = readElements(content);
  const isNested =
    inner !== null && inner.length === 1 && [1, 2, 3, 4, 10, 0x30].includes(inner[0]?.tag ?? 0);
  if (isNested) {
    return [
      `${indent}OCTET STRING, which holds`,
      ...inner.flatMap((element) => dumpElement(element, mask, `${indent}  `)),
    ];
  }
  return [`${indent}OCTET STRING ${describeBytes(content, mask)}`];
}

function describeBytes(content: Buffer, mask: Mask): string {
  const text = content.toString('latin1');
  if (content.length > 0 && /^[\x20-\x7e]+$/.test(text)) return JSON.stringify(mask.text(text));
  if (content.length === 20 || content.length === 32) return mask.hex(content.toString('hex'));
  return content.length < 8 ? content.toString('hex') : `<${content.length} bytes>`;
}

function nameOid(content: Buffer): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(value / 40)));
    arcs.push(arcs.length === 1 ? value - (arcs[0] ?? 0) * 40 : value);
    value = 0;
  }
  const dotted = arcs.join('.');
  const name = OID_NAMES[dotted];
  return name === undefined ? dotted : `${dotted} ${name}`;
}

/** UTCTime or GeneralizedTime, in UTC, as Unix ms. */
function readTime(content: Buffer): number {
  const text = content.toString('latin1');
  const short = text.length === 13;
  const full = short ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

import { dumpDer } from './dump-der.ts';
import type { Mask } from './mask.ts';

const DER_TYPES = [
  'application/pkix-cert',
  'application/pkix-crl',
  'application/ocsp-response',
  'application/pkcs10',
];
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\r?\n?/g;
const PRIVATE = /PRIVATE KEY/;
/** Random secrets and opaque positions, whatever they look like. */
const OPAQUE_FIELDS = new Set(['secret', 'next', 'InstanceId', 'Identifier', 'ParentIdentifier']);
/** A note that is written behind the response: it may be there or not. */
const RACING_FIELDS = new Set(['lastUsedAt']);

export interface BodyOptions {
  /** The list has the order of random ids: sort it. */
  readonly unordered?: boolean;
  /** Which items are shown depends on random ids: show the names of their fields alone. */
  readonly shapeOnly?: boolean;
  /** An issuer's end limits a validity in it: seconds are not compared. */
  readonly looseSeconds?: boolean;
  /** What the body says is made at build time: leave it out. */
  readonly omitted?: boolean;
}

/** A body as lines of text that are equal in two recordings of the same behaviour. */
export function describeBody(
  body: Uint8Array,
  contentType: string,
  mask: Mask,
  options: BodyOptions = {},
): readonly string[] {
  if (body.length === 0) return ['<empty>'];
  if (options.omitted === true) return ['<omitted>'];
  const type = contentType.split(';')[0]?.trim() ?? '';
  if (DER_TYPES.includes(type)) return ['<DER>', ...dumpDer(body, mask)];
  const text = new TextDecoder().decode(body);
  if (type === 'application/json' || type === 'application/problem+json') {
    return describeJson(text, mask, options);
  }
  return describeText(text, mask);
}

function describeJson(text: string, mask: Mask, options: BodyOptions): readonly string[] {
  const value = parse(text);
  if (value === undefined) return ['<not JSON>', ...describeText(text, mask)];
  const isCompact = JSON.stringify(value) === text;
  const masked = maskValue(options.unordered === true ? sort(value, mask) : value, mask, '');
  const shown = options.shapeOnly === true ? showShape(masked) : masked;
  return [
    isCompact ? '<JSON>' : '<JSON, not compact>',
    ...JSON.stringify(shown, null, 2).split('\n'),
  ];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function maskValue(value: unknown, mask: Mask, field: string): unknown {
  if (RACING_FIELDS.has(field)) return '<time or null>';
  // A certificate that was made in the same second has a whole day more.
  if (field === 'daysLeft' && Number(value) > 1000) return Math.round(Number(value) / 10) * 10;
  if (typeof value === 'number') return maskNumber(value, mask);
  if (typeof value === 'string') return maskString(value, mask, field);
  if (Array.isArray(value)) return value.map((item: unknown) => maskValue(item, mask, field));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [mask.text(name), maskValue(member, mask, name)]),
  );
}

function maskNumber(value: number, mask: Mask): unknown {
  if (value > 1.5e12 && value < 1e14) return `${mask.time(value)}(ms)`;
  if (value > 1.6e9 && value < 1e11) return `${mask.time(value * 1000)}(s)`;
  return value;
}

function maskString(value: string, mask: Mask, field: string): unknown {
  if (OPAQUE_FIELDS.has(field) && value !== '') {
    const plain = mask.text(value);
    return plain === value && value.length > 12 ? mask.name(field, value) : plain;
  }
  if (!value.includes('-----BEGIN ')) return mask.text(value);
  return describeText(value, mask);
}

function showShape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(showShape);
  if (typeof value !== 'object' || value === null) return '<value>';
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, showShape(item)]));
}

/** Sorts arrays of objects, and fields that are named by ids, by what does not vary of them. */
function sort(value: unknown, mask: Mask): unknown {
  const describe = (item: unknown) => JSON.stringify(maskValue(item, mask.renew(), ''));
  const order = <T>(items: readonly T[]): readonly T[] => {
    const keyed = items.map((item) => ({ item, key: describe(item) }));
    return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ item }) => item);
  };
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => sort(item, mask));
    return items.every((item) => typeof item === 'object') ? order(items) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, sort(item, mask)] as const);
  const varies = entries.some(([name]) => mask.renew().text(name) !== name);
  return Object.fromEntries(varies ? order(entries) : entries);
}

/** Text with every PEM block as the structure that it holds. */
export function describeText(text: string, mask: Mask): readonly string[] {
  const lines: string[] = [];
  let at = 0;
  for (const match of text.matchAll(PEM)) {
    if (match.index > at) lines.push(...describePlain(text.slice(at, match.index), mask));
    lines.push(...describePem(match[0], match[1] ?? '', match[2] ?? '', mask));
    at = match.index + match[0].length;
  }
  if (at < text.length) lines.push(...describePlain(text.slice(at), mask));
  return lines;
}

function describePlain(text: string, mask: Mask): readonly string[] {
  const lines = mask.text(text).split('\n');
  if (lines.at(-1) === '') return lines.slice(0, -1);
  return [...lines.slice(0, -1), `${lines.at(-1) ?? ''}<no line end>`];
}

function describePem(block: string, label: string, base64: string, mask: Mask): readonly string[] {
  const der = Buffer.from(base64, 'base64');
  const rows = der.toString('base64').match(/.{1,64}/g) ?? [];
  const canonical = `-----BEGIN ${label}-----\n${rows.join('\n')}\n-----END ${label}-----\n`;
  const form = block === canonical ? '' : block === canonical.trimEnd() ? ', no line end' : ', odd';
  if (PRIVATE.test(label)) return [`<PEM ${label}${form}>`];
  return [`<PEM ${label}${form}>`, ...dumpDer(der, mask).map((line) => `  ${line}`)];
}

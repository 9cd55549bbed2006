import { findDeceptiveCharacter } from '../../asn1/strings.ts';
import { parseIpAddress } from '../names/ip-address.ts';
import { escapeNameValue } from '../names/name-text.ts';
import type {
  GeneralNameDescription,
  GeneralNameKind,
  NameAttributeDescription,
  NameDescription,
} from './description.ts';

/** Parts of the text form, each as openssl prints it. Deceptive characters are always escaped. */

/** Writes control, invisible and bidirectional characters as \u{202E}. */
export function escapeText(text: string): string {
  let escaped = '';
  for (const character of text) {
    const found = findDeceptiveCharacter(character);
    escaped += found === null ? character : `\\u{${found.slice('U+'.length)}}`;
  }
  return escaped;
}

/** Writes bytes in hex with colons. @param hex lower-case */
export function withColons(hex: string): string {
  return hex.match(/../g)?.join(':') ?? '';
}

/** Writes bytes in lines. */
export function hexLines(hex: string, bytesInLine: number): string[] {
  const lines = hex.match(new RegExp(`.{1,${2 * bytesInLine}}`, 'g')) ?? [];
  return lines.map((line, n) => withColons(line) + (n < lines.length - 1 ? ':' : ''));
}

export function indent(lines: readonly string[], by: number): string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line));
}

/** Writes a Name, least specific RDN first. */
export function nameText({ attributes, text }: NameDescription): string {
  // Only what is not a Name has a text and no attributes.
  return attributes.length === 0 ? text : attributesText(attributes);
}

export function attributesText(attributes: readonly NameAttributeDescription[]): string {
  let text = '';
  for (const [n, { rdn, type, value, hex }] of attributes.entries()) {
    if (n > 0) text += rdn === attributes[n - 1]?.rdn ? ' + ' : ', ';
    text += `${type}=${value === null ? `#${hex}` : escapeNameValue(value)}`;
  }
  return text;
}

const LABELS: Readonly<Record<GeneralNameKind, string>> = {
  dns: 'DNS:',
  ip: 'IP Address:',
  email: 'email:',
  uri: 'URI:',
  directory: 'DirName:',
  registeredId: 'Registered ID:',
  other: 'othername:',
  x400: 'X400Name:',
  ediParty: 'EdiPartyName:',
};

/** Writes a name. A comma in it is escaped, because commas separate names. */
export function generalNameText({ kind, value, attributes }: GeneralNameDescription): string {
  if (attributes !== undefined) return LABELS[kind] + attributesText(attributes);
  const shown = kind === 'ip' ? ipText(value) : escapeText(value).replaceAll(',', '\\,');
  return LABELS[kind] + shown;
}

/** Writes a name in a list of one name a line. */
export function listedNameText(name: GeneralNameDescription): string {
  return generalNameText(name).replace(/^IP Address:/, 'IP:');
}

/** Writes an IPv6 address with all its groups, and the mask of a network. */
function ipText(value: string): string {
  const [address = '', prefix] = value.split('/');
  const octets = parseIpAddress(address);
  if (octets === null) return escapeText(value);
  if (prefix === undefined) return octetsText(octets);
  const mask = parseIpAddress(prefix) ?? maskOf(Number(prefix), octets.length);
  return `${octetsText(octets)}/${octetsText(mask)}`;
}

function octetsText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups = octets.toHex().toUpperCase().match(/.{4}/g) ?? [];
  return groups.map((group) => group.replace(/^0{1,3}/, '')).join(':');
}

function maskOf(prefix: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => {
    const ones = Math.min(Math.max(prefix - 8 * at, 0), 8);
    return (0xff00 >> ones) & 0xff;
  });
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Writes a time of a description, such as `Nov  6 08:00:00 2026 GMT`. */
export function timeText(rfc3339: string): string {
  const time = new Date(rfc3339);
  const day = String(time.getUTCDate()).padStart(2);
  const clock = time.toISOString().slice('yyyy-MM-ddT'.length, 'yyyy-MM-ddTHH:mm:ss'.length);
  return `${MONTHS[time.getUTCMonth()]} ${day} ${clock} ${time.getUTCFullYear()} GMT`;
}

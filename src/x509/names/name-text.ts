import { findDeceptiveCharacter } from '../../asn1/strings.ts';
import { decodeUtf8, encodeUtf8 } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';

/** The syntax of Names in the string form of RFC 4514. It does not interpret attribute types. */

export interface TextAttribute {
  /** A short name or a dotted OID, as written. */
  readonly type: string;
  /** Text, or the DER that was written as #hex. */
  readonly value: string | Uint8Array;
}

const MAX_TEXT_LENGTH = 16 * 1024;
const TYPE = / *([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+) *= */y;
const HEX_VALUE = /#([0-9A-Fa-f]+) *(?=[,+]|$)/y;
const HEX_PAIR = /[0-9A-Fa-f]{2}/y;
const ESCAPABLE = ' "#+,;<=>\\';
const MUST_ESCAPE = '";<>\0';

/**
 * Splits RFC 4514 text into RDNs and their attributes, in the order written (most specific first).
 * Spaces around "," "+" and "=" are allowed, as in RFC 2253.
 * @throws SignetError invalid-subject
 */
export function parseNameText(text: string): TextAttribute[][] {
  if (text.trim() === '') throw refusal('it is empty: give at least a CN');
  if (text.length > MAX_TEXT_LENGTH) {
    throw refusal(`it is longer than ${MAX_TEXT_LENGTH} characters: shorten it`);
  }
  const rdns: TextAttribute[][] = [[]];
  let at = 0;
  for (;;) {
    const attribute = readAttribute(text, at);
    rdns.at(-1)?.push(attribute);
    at = attribute.end;
    if (at >= text.length) return rdns;
    if (text[at] === ',') rdns.push([]);
    at++;
  }
}

function readAttribute(text: string, start: number): TextAttribute & { readonly end: number } {
  TYPE.lastIndex = start;
  const [matched, type] = TYPE.exec(text) ?? [];
  if (matched === undefined || type === undefined) {
    throw refusal(
      `position ${start + 1} must begin an attribute such as CN=…: write names like "CN=Signet Root CA,O=Example,C=CN", and a comma in a value as "\\,"`,
    );
  }
  const valueStart = start + matched.length;
  HEX_VALUE.lastIndex = valueStart;
  const [hexMatched, hex] = HEX_VALUE.exec(text) ?? [];
  if (hexMatched !== undefined && hex !== undefined && hex.length % 2 === 0) {
    return { type, value: Uint8Array.fromHex(hex), end: valueStart + hexMatched.length };
  }
  return { type, ...readValue(text, valueStart, type) };
}

function readValue(text: string, start: number, type: string): { value: string; end: number } {
  const bytes: number[] = [];
  /** The length without unescaped spaces at the end, which are dropped. */
  let kept = 0;
  let at = start;
  while (at < text.length && text[at] !== ',' && text[at] !== '+') {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (character === '\\') {
      const next = text[at + 1] ?? '';
      HEX_PAIR.lastIndex = at + 1;
      const pair = HEX_PAIR.exec(text)?.[0];
      if (pair !== undefined) bytes.push(Number.parseInt(pair, 16));
      else if (next !== '' && ESCAPABLE.includes(next)) bytes.push(next.charCodeAt(0));
      else
        throw refusal(
          `a backslash in ${type} must be followed by a special character or two hex digits`,
        );
      at += pair === undefined ? 2 : 3;
      kept = bytes.length;
      continue;
    }
    if (MUST_ESCAPE.includes(character) || (character === '#' && at === start)) {
      throw refusal(
        `the character ${JSON.stringify(character)} in ${type} needs a backslash before it`,
      );
    }
    bytes.push(...encodeUtf8(character));
    if (character !== ' ') kept = bytes.length;
    at += character.length;
  }
  const value = decodeUtf8(Uint8Array.from(bytes.slice(0, kept)));
  if (value === null) throw refusal(`the hex escapes in ${type} are not UTF-8`);
  return { value, end: at };
}

/** Escapes a value (RFC 4514 section 2.4). Control and invisible characters become hex pairs. */
export function escapeNameValue(value: string): string {
  const characters = [...value];
  return characters
    .map((character, index) => {
      const spaceAtEnd = character === ' ' && (index === 0 || index === characters.length - 1);
      if (spaceAtEnd || (character === '#' && index === 0) || '"+,;<>\\'.includes(character)) {
        return `\\${character}`;
      }
      return findDeceptiveCharacter(character) === null ? character : escapeBytes(character);
    })
    .join('');
}

function escapeBytes(character: string): string {
  return encodeUtf8(character).toHex().replace(/../g, '\\$&');
}

function refusal(reason: string): SignetError {
  return new SignetError('invalid-subject', `The name cannot be read: ${reason}.`, {
    field: 'subject',
  });
}

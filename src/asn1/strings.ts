import { decodeUtf8 } from '../bytes.ts';
import { type DerElement, TAG } from './der.ts';

/** Engines limit how many arguments a function takes. */
const MAX_ARGUMENTS = 4096;

/** Decodes ISO 8859-1. The platform's "latin1" is windows-1252. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += MAX_ARGUMENTS) {
    const part = bytes.subarray(at, at + MAX_ARGUMENTS);
    text += Reflect.apply(String.fromCharCode, null, part);
  }
  return text;
}

/**
 * Decodes a character string of any ASN.1 type (X.690 section 8.23). Returns null for another type
 * or a broken encoding. TeletexString is read as ISO 8859-1, as CAs write it.
 */
export function decodeString({ tag, content }: DerElement): string | null {
  switch (tag) {
    case TAG.utf8String:
      return decodeUtf8(content);
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.numericString:
    case TAG.visibleString:
    case TAG.teletexString:
      return decodeLatin1(content);
    case TAG.bmpString:
      return decodeUnits(content, 2);
    case TAG.universalString:
      return decodeUnits(content, 4);
    default:
      return null;
  }
}

/** Decodes big-endian UTF-16 (units of 2 bytes) or UTF-32 (units of 4 bytes). */
function decodeUnits(content: Uint8Array, unitBytes: 2 | 4): string | null {
  if (content.length % unitBytes !== 0) return null;
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  let text = '';
  for (let at = 0; at < content.length; at += unitBytes) {
    const unit = unitBytes === 2 ? view.getUint16(at) : view.getUint32(at);
    if (unit > 0x10ffff) return null;
    text += unitBytes === 2 ? String.fromCharCode(unit) : String.fromCodePoint(unit);
  }
  return text.isWellFormed() ? text : null;
}

/**
 * Characters that change or hide other characters, or that have no meaning of their own: controls,
 * line and paragraph separators, Default_Ignorable_Code_Point (soft hyphen, bidirectional and
 * zero-width formatting, fillers, variation selectors, tags), interlinear annotation, unassigned and
 * private-use code points.
 */
const DECEPTIVE =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\p{Cn}\p{Co}\p{Cs}]/u;

/** Returns the first deceptive character of `text` in the form "U+202E", or null. */
export function findDeceptiveCharacter(text: string): string | null {
  const found = DECEPTIVE.exec(text)?.[0];
  if (found === undefined) return null;
  return `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

import { type DerElement, DerError, readChildren } from '../../asn1/der.ts';
import { decodeString } from '../../asn1/strings.ts';
import { getAttributeType } from '../names/name-attributes.ts';
import { type NameAttribute, readAttribute, readName } from '../names/name-der.ts';
import { formatName } from '../names/names.ts';
import type { NameAttributeDescription, NameDescription } from './description.ts';

/** Describes a Name. Never throws. */
export function describeName(nameDer: Uint8Array): NameDescription {
  return { text: formatName(nameDer), attributes: listAttributes(nameDer) };
}

function listAttributes(nameDer: Uint8Array): NameAttributeDescription[] {
  try {
    return readName(nameDer).flatMap((rdn, index) => describeRdn(rdn, index));
  } catch (error) {
    if (error instanceof DerError) return [];
    throw error;
  }
}

/** Describes a RelativeDistinguishedName under an implicit tag. @throws DerError */
export function describeRelativeName({ content }: DerElement): NameAttributeDescription[] {
  return describeRdn(readChildren(content).map(readAttribute), 0);
}

function describeRdn(rdn: readonly NameAttribute[], index: number): NameAttributeDescription[] {
  return rdn.map(({ oid, value }) => {
    const text = decodeString(value);
    return {
      rdn: index,
      oid,
      type: getAttributeType(oid).name,
      value: text,
      hex: text === null ? value.bytes.toHex() : null,
    };
  });
}

/** Returns a character string, or # and the DER in hex of anything else. */
export function describeText(element: DerElement): string {
  return decodeString(element) ?? describeBytes(element.bytes);
}

/** Returns # and bytes in hex. */
export function describeBytes(bytes: Uint8Array): string {
  return `#${bytes.toHex()}`;
}

import {
  AsnObjectIdentifierConverter,
  AsnOctetStringConverter,
  AsnProp,
  AsnPropTypes,
  type IAsnConverter,
} from '@peculiar/asn1-schema';
import { readElement, readObjectIdentifier } from './der.ts';

/**
 * Makes fields of schema classes opaque: their value is the whole encoded element, which keeps its
 * bytes when it is read and when it is written.
 */

/** The class of universal tags, in the library's numbering. */
const UNIVERSAL_CLASS = 1;
const CONTEXT_CLASS = 3;

export const OPAQUE_CONVERTER: IAsnConverter<Uint8Array> = {
  fromASN: (block) => block.valueBeforeDecodeView,
  toASN(bytes) {
    const { tag, content } = readElement(bytes);
    // The library writes the content of an OCTET STRING unchanged, also under another tag.
    const block = AsnOctetStringConverter.toASN(new Uint8Array(content).buffer);
    block.idBlock.tagClass = tag < 0x40 ? UNIVERSAL_CLASS : CONTEXT_CLASS;
    block.idBlock.tagNumber = tag & 0x1f;
    block.idBlock.isConstructed = (tag & 0x20) !== 0;
    return block;
  },
};

export const OPAQUE = { type: AsnPropTypes.Any, converter: OPAQUE_CONVERTER };

/** An OBJECT IDENTIFIER in dotted decimal, read by our own reader. Its field is opaque in the shape. */
export const OBJECT_IDENTIFIER = {
  type: AsnPropTypes.Any,
  converter: {
    fromASN: (block) => readObjectIdentifier(readElement(block.valueBeforeDecodeView)),
    toASN: (oid) => AsnObjectIdentifierConverter.toASN(oid),
  } satisfies IAsnConverter<string>,
};

/** Applies AsnProp as a function: Node runs these files too and knows no decorators. */
export function defineField(
  target: new () => object,
  name: string,
  options: Parameters<typeof AsnProp>[0],
): void {
  AsnProp(options)(target.prototype, name);
}

/** Makes the fields `names` of a schema class opaque. */
export function defineOpaque(target: new () => object, ...names: readonly string[]): void {
  for (const name of names) defineField(target, name, OPAQUE);
}

/** Makes a field an opaque SEQUENCE OF: its value is the list of encoded items. */
export function defineOpaqueList(
  target: new () => object,
  name: string,
  options: { readonly context?: number } = {},
): void {
  defineField(target, name, { ...OPAQUE, ...options, repeated: 'sequence', optional: true });
}

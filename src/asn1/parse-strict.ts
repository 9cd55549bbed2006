import { AsnConvert } from '@peculiar/asn1-schema';
import { DerError, readOnly } from './der.ts';
import type { Shape } from './shape.ts';
import { assertStrictDer } from './strict-der.ts';

/**
 * Views of the input instead of copies, and no attempt to read the contents of OCTET STRINGs and
 * BIT STRINGs as ASN.1.
 */
const OPTIONS = { berOptions: { parseEmbedded: false, copyInput: false } };

/**
 * Reads `der` through a schema class, after the DER gate and after a check that every element has
 * its place in the class.
 * @param tag of the outermost element
 * @throws DerError with the reason, and nothing else
 */
export function parseStrict<Value>(
  der: Uint8Array,
  target: new () => Value,
  tag: number,
  shape: Shape,
): Value {
  assertStrictDer(der);
  shape(readOnly(der, tag));
  return parseChecked(der, target);
}

/** Reads DER that gate and shape have let pass. @throws DerError */
export function parseChecked<Value>(der: Uint8Array, target: new () => Value): Value {
  try {
    return AsnConvert.parse(der, target, OPTIONS);
  } catch (error) {
    // The library throws plain errors.
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new DerError(`the schema does not match: ${reason}`, { cause: error });
  }
}

/** Writes a schema object as DER. */
export function serialize(value: object): Uint8Array<ArrayBuffer> {
  return new Uint8Array(AsnConvert.serialize(value));
}

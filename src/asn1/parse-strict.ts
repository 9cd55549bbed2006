import { AsnConvert, AsnParser } from '@peculiar/asn1-schema';
import { DerError, readOnly } from './der.ts';
import type { Shape } from './shape.ts';
import { assertStrictDer } from './strict-der.ts';

/**
 * Reads `der` through a schema class, after the DER gate and with a check that every element has its
 * place in the class.
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
  return parseGated(der, target, tag, shape);
}

/** As parseStrict, for DER that has passed the gate. @throws DerError */
export function parseGated<Value>(
  der: Uint8Array,
  target: new () => Value,
  tag: number,
  shape: Shape,
): Value {
  const block = shape.build(readOnly(der, tag));
  try {
    return AsnParser.fromASN(block, target);
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

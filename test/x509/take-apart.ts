import { encodeSequence, readChildren, readOnly, TAG } from '../../src/asn1/der.ts';

/** Returns the elements of a SEQUENCE. */
export function childrenOf(der: Uint8Array): Uint8Array[] {
  return readChildren(readOnly(der, TAG.sequence).content).map(({ bytes }) => bytes);
}

/** A structure of SIGNED{} whose inner fields can be replaced. The signature no longer verifies. */
export interface TakenApart<Name extends string> {
  readonly fields: Readonly<Record<Name, Uint8Array>>;
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
  /** Puts the structure together again; `null` leaves a field out. */
  rebuild(changes?: Changes<Name>): Uint8Array;
}

export type Changes<Name extends string> = Partial<Record<Name, Uint8Array | null>> & {
  /** Elements to append to the inner SEQUENCE. */
  readonly extra?: readonly Uint8Array[];
  /** Elements to append to the outer SEQUENCE. */
  readonly outerExtra?: readonly Uint8Array[];
  readonly outerAlgorithm?: Uint8Array;
  readonly outerSignature?: Uint8Array;
};

/** @param names of the inner fields, in their order; all are there */
export function takeApart<Name extends string>(
  der: Uint8Array,
  names: readonly Name[],
): TakenApart<Name> {
  const [inner, algorithm, signature] = childrenOf(der);
  if (inner === undefined || algorithm === undefined || signature === undefined) {
    throw new Error('not a signed structure');
  }
  const elements = childrenOf(inner);
  if (elements.length !== names.length) throw new Error(`there are ${elements.length} fields`);
  const fields = Object.fromEntries(names.map((name, i) => [name, elements[i]])) as Record<
    Name,
    Uint8Array
  >;
  return {
    fields,
    algorithm,
    signature,
    rebuild(changes = {}) {
      const replaced: Partial<Record<Name, Uint8Array | null>> = changes;
      const kept = names.map((name) =>
        replaced[name] === undefined ? fields[name] : replaced[name],
      );
      return encodeSequence(
        encodeSequence(...kept.filter((field) => field !== null), ...(changes.extra ?? [])),
        changes.outerAlgorithm ?? algorithm,
        changes.outerSignature ?? signature,
        ...(changes.outerExtra ?? []),
      );
    },
  };
}

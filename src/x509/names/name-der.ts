import {
  type DerElement,
  DerError,
  readChildren,
  readObjectIdentifier,
  readOnly,
  TAG,
} from '../../asn1/der.ts';

export interface NameAttribute {
  /** Dotted decimal. */
  readonly oid: string;
  readonly value: DerElement;
  /** The whole AttributeTypeAndValue. */
  readonly bytes: Uint8Array;
}

/**
 * Reads the RDNs of a Name (RFC 5280 section 4.1.2.4), least specific first. It checks neither the
 * values nor the order within a SET.
 * @throws DerError
 */
export function readName(nameDer: Uint8Array): NameAttribute[][] {
  return readChildren(readOnly(nameDer, TAG.sequence).content).map((rdn) => {
    if (rdn.tag !== TAG.set) throw new DerError('an RDN is not a SET');
    const attributes = readChildren(rdn.content).map(readAttribute);
    if (attributes.length === 0) throw new DerError('an RDN is empty');
    return attributes;
  });
}

/** @throws DerError */
export function readAttribute({ tag, content, bytes }: DerElement): NameAttribute {
  if (tag !== TAG.sequence) throw new DerError('an attribute is not a SEQUENCE');
  const [type, value, ...rest] = readChildren(content);
  if (type === undefined || value === undefined || rest.length > 0) {
    throw new DerError('an attribute is not a type and a value');
  }
  return { oid: readObjectIdentifier(type), value, bytes };
}

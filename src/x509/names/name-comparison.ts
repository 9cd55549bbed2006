import { TAG } from '../../asn1/der.ts';
import { decodeString } from '../../asn1/strings.ts';
import { type NameAttribute, readName } from './name-der.ts';

/**
 * The RDNs of a Name as texts that are equal where the RDNs are the same: the string type does not
 * count, nor the case of ASCII letters, nor how much white space there is (RFC 5280 section 7.1,
 * in the part that all verifiers in use agree on: no case folding beyond ASCII).
 * @throws DerError
 */
export function canonicalRdns(nameDer: Uint8Array): readonly string[] {
  return readName(nameDer).map((rdn) => JSON.stringify(rdn.map(canonicalAttribute).sort()));
}

/** Whether two Names are the same by RFC 5280 section 7.1. @throws DerError */
export function isSameName(aDer: Uint8Array, bDer: Uint8Array): boolean {
  const a = canonicalRdns(aDer);
  const b = canonicalRdns(bDer);
  return a.length === b.length && isWithinName(a, b);
}

/** Whether `rdns` begin with all of `base`: the subtree of RFC 5280 section 4.2.1.10. */
export function isWithinName(rdns: readonly string[], base: readonly string[]): boolean {
  return base.length <= rdns.length && base.every((rdn, index) => rdn === rdns[index]);
}

function canonicalAttribute({ oid, value }: NameAttribute): string {
  // NumericString is left as it is, which is how openssl compares it.
  const text = value.tag === TAG.numericString ? null : decodeString(value);
  if (text === null) return `${oid}#${value.bytes.toHex()}`;
  const folded = text
    .replace(/[\t-\r ]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return `${oid}=${folded}`;
}

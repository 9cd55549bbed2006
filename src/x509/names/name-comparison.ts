import { TAG } from '../../asn1/der.ts';
import { decodeString } from '../../asn1/strings.ts';
import { type NameAttribute, readName } from './name-der.ts';

/**
 * Returns a text for each RDN of a Name. Texts are equal if the RDNs match: the string type, the
 * case of ASCII letters and the amount of white space do not matter (RFC 5280 section 7.1).
 * Verifiers disagree about case folding of other letters, so there is none.
 * @throws DerError
 */
export function canonicalizeRdns(nameDer: Uint8Array): readonly string[] {
  return readName(nameDer).map((rdn) => JSON.stringify(rdn.map(canonicalizeAttribute).sort()));
}

/** Returns whether two Names match (RFC 5280 section 7.1). @throws DerError */
export function isSameName(aDer: Uint8Array, bDer: Uint8Array): boolean {
  const a = canonicalizeRdns(aDer);
  const b = canonicalizeRdns(bDer);
  return a.length === b.length && isWithinName(a, b);
}

/** Returns whether `rdns` begin with `base`: the subtree of RFC 5280 section 4.2.1.10. */
export function isWithinName(rdns: readonly string[], base: readonly string[]): boolean {
  return base.length <= rdns.length && base.every((rdn, index) => rdn === rdns[index]);
}

function canonicalizeAttribute({ oid, value }: NameAttribute): string {
  // Like openssl, compare a NumericString byte by byte.
  const text = value.tag === TAG.numericString ? null : decodeString(value);
  if (text === null) return `${oid}#${value.bytes.toHex()}`;
  const folded = text
    .replace(/[\t-\r ]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return `${oid}=${folded}`;
}

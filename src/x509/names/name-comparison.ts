import { DerError, TAG } from '../../asn1/der.ts';
import { decodeString } from '../../asn1/strings.ts';
import { equalBytes } from '../../bytes.ts';
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

/**
 * Returns a text that is the same for Names that match (RFC 5280 section 7.1). The record finds names
 * by it. Bytes that are not a Name match only themselves.
 */
export function canonicalizeName(nameDer: Uint8Array): string {
  try {
    return canonicalizeRdns(nameDer).join('');
  } catch (error) {
    if (error instanceof DerError) return `#${nameDer.toHex()}`;
    throw error;
  }
}

/** Returns the key under which the record holds a subject (see canonicalizeName); null for no RDNs. */
export function findSubjectKey(subjectDer: Uint8Array): string | null {
  const key = canonicalizeName(subjectDer);
  return key === '' ? null : key;
}

/** Returns whether two Names match. This is the only comparison of Names: see canonicalizeName. */
export function isSameName(aDer: Uint8Array, bDer: Uint8Array): boolean {
  return equalBytes(aDer, bDer) || canonicalizeName(aDer) === canonicalizeName(bDer);
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

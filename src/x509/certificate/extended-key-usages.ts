import {
  DerError,
  encodeObjectIdentifier,
  encodeSequence,
  readChildren,
  readObjectIdentifier,
  readOnly,
  TAG,
} from '../../asn1/der.ts';
import { isObjectIdentifier } from '../../asn1/object-identifier.ts';
import { EXTENDED_KEY_USAGE_OID, OID } from '../../asn1/oids.ts';
import { SignetError } from '../../errors.ts';
import { type ExtensionMap, encodeExtension } from './extensions.ts';

/** RFC 5280 section 4.2.1.12: whatever the key may be used for. */
export const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0';

const OID_BY_NAME: ReadonlyMap<string, string> = new Map([
  ['any', ANY_EXTENDED_KEY_USAGE],
  ...Object.entries(EXTENDED_KEY_USAGE_OID),
]);

/**
 * The dotted OID of a usage that is given as its OID or by name: `any` or one of RFC 5280.
 * @throws SignetError invalid-parameter
 */
export function parseExtendedKeyUsage(text: string): string {
  const oid = OID_BY_NAME.get(text);
  if (oid !== undefined) return oid;
  if (isObjectIdentifier(text)) return text;
  throw new SignetError(
    'invalid-parameter',
    `The extended key usage "${text.slice(0, 80).replace(/[^ -~]/g, '?')}" is not known: use ${[...OID_BY_NAME.keys()].join(', ')} or an object identifier such as 1.3.6.1.5.5.7.3.17.`,
    { field: 'extendedKeyUsages' },
  );
}

/** The name of a usage for people, or the OID where it has none here. */
export function nameExtendedKeyUsage(oid: string): string {
  for (const [name, known] of OID_BY_NAME) if (known === oid) return name;
  return oid;
}

/**
 * The extension, not critical (openssl's S/MIME and TLS checks take both).
 * @param oids one at least, dotted; what stands twice is written once
 */
export function encodeExtendedKeyUsages(oids: readonly string[]): Uint8Array {
  if (oids.length === 0) throw new RangeError('an extended key usage without purposes');
  const purposes = [...new Set(oids)].map(encodeObjectIdentifier);
  return encodeExtension(OID.extKeyUsage, false, encodeSequence(...purposes));
}

/** The usages as dotted OIDs, or null where the extension is missing: then nothing is ruled out. @throws DerError */
export function readExtendedKeyUsages(extensions: ExtensionMap): readonly string[] | null {
  const extension = extensions.get(OID.extKeyUsage);
  if (extension === undefined) return null;
  const purposes = readChildren(readOnly(extension.valueDer, TAG.sequence).content);
  if (purposes.length === 0) throw new DerError('an extended key usage without purposes');
  return purposes.map(readObjectIdentifier);
}

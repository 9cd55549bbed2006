import { ExtendedKeyUsage } from '@peculiar/asn1-x509';
import { TAG } from '../../asn1/der.ts';
import { isObjectIdentifier } from '../../asn1/object-identifier.ts';
import { EXTENDED_KEY_USAGE_OID, OID } from '../../asn1/oids.ts';
import { parseStrict, serialize } from '../../asn1/parse-strict.ts';
import { EXTENDED_KEY_USAGE } from '../../asn1/shapes.ts';
import { SignetError } from '../../errors.ts';
import { type ExtensionMap, encodeExtension } from './extensions.ts';
import { keepExtension } from './kept-extensions.ts';

/** anyExtendedKeyUsage, RFC 5280 section 4.2.1.12. */
export const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0';

const OID_BY_NAME: ReadonlyMap<string, string> = new Map([
  ['any', ANY_EXTENDED_KEY_USAGE],
  ...Object.entries(EXTENDED_KEY_USAGE_OID),
]);

/**
 * Returns the dotted OID of a usage.
 * @param text the OID itself, `any`, or a name of EXTENDED_KEY_USAGE_OID
 * @throws SignetError invalid-parameter
 */
export function parseExtendedKeyUsage(text: string): string {
  const oid = OID_BY_NAME.get(text);
  if (oid !== undefined) return oid;
  if (isObjectIdentifier(text)) return text;
  throw new SignetError(
    'invalid-parameter',
    `The extended key usage "${text.slice(0, 80).replace(/[^ -~]/g, '?')}" is not known. Use ${[...OID_BY_NAME.keys()].join(', ')} or an object identifier such as 1.3.6.1.5.5.7.3.17.`,
    { field: 'extendedKeyUsages' },
  );
}

/** Returns the name of a usage for messages, or the OID if it has no name here. */
export function nameExtendedKeyUsage(oid: string): string {
  for (const [name, known] of OID_BY_NAME) if (known === oid) return name;
  return oid;
}

/**
 * Writes the extension, not critical: openssl's S/MIME and TLS checks accept both.
 * @param oids dotted, one at least; duplicates are written once
 */
export function encodeExtendedKeyUsages(oids: readonly string[]): Uint8Array {
  if (oids.length === 0) throw new RangeError('an extended key usage without purposes');
  const purposes = [...new Set(oids)];
  return keepExtension(OID.extKeyUsage, purposes, () =>
    encodeExtension(OID.extKeyUsage, false, serialize(new ExtendedKeyUsage(purposes))),
  );
}

/** Reads the usages as dotted OIDs; null without the extension, which allows any. @throws DerError */
export function readExtendedKeyUsages(extensions: ExtensionMap): readonly string[] | null {
  const extension = extensions.get(OID.extKeyUsage);
  if (extension === undefined) return null;
  const { valueDer } = extension;
  return [...parseStrict(valueDer, ExtendedKeyUsage, TAG.sequence, EXTENDED_KEY_USAGE)];
}

import { EXTENDED_KEY_USAGE_OID } from '../asn1/oids.ts';
import type { KeyUsageName } from '../x509/certificate/extensions.ts';
import type { KeyKind } from '../x509/keys/algorithms.ts';

/** RFC 5280 section 4.2.1.12: the purposes that no encryption of keys is consistent with. */
const NEVER_ENCIPHER: ReadonlySet<string> = new Set([
  EXTENDED_KEY_USAGE_OID.clientAuth,
  EXTENDED_KEY_USAGE_OID.codeSigning,
  EXTENDED_KEY_USAGE_OID.timeStamping,
  EXTENDED_KEY_USAGE_OID.OCSPSigning,
]);

/**
 * The key usages of a leaf that asks for none. RFC 5280 section 4.2.1.3 and RFC 8446 section
 * 4.4.2.2: TLS signs with every key; RSA key transport (TLS 1.2) needs keyEncipherment besides, of
 * servers alone.
 * @param extendedKeyUsages dotted OIDs; null for no limit
 */
export function chooseKeyUsages(
  kind: KeyKind,
  extendedKeyUsages: readonly string[] | null,
): readonly KeyUsageName[] {
  const enciphers =
    kind === 'rsa' && !(extendedKeyUsages?.every((oid) => NEVER_ENCIPHER.has(oid)) ?? false);
  return enciphers ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'];
}

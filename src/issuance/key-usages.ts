import { EXTENDED_KEY_USAGE_OID, type ExtendedKeyUsageName } from '../asn1/oids.ts';
import type { KeyUsageName } from '../x509/certificate/extensions.ts';
import type { KeyKind } from '../x509/keys/algorithms.ts';
import type { PublicKey } from '../x509/keys/public-key.ts';

/** Keys that support the same usages. `rsa-pss` is id-RSASSA-PSS. */
export type KeyClass = KeyKind | 'rsa-pss';

export function classifyKey(key: PublicKey): KeyClass {
  return key.kind === 'rsa' && key.pssOnly ? 'rsa-pss' : key.kind;
}

type Oid = (typeof EXTENDED_KEY_USAGE_OID)[ExtendedKeyUsageName];

/** Whether each purpose is consistent with keyEncipherment (RFC 5280 section 4.2.1.12). */
const ENCIPHERS: ReadonlyMap<string, boolean> = new Map(
  Object.entries({
    [EXTENDED_KEY_USAGE_OID.serverAuth]: true,
    [EXTENDED_KEY_USAGE_OID.clientAuth]: false,
    [EXTENDED_KEY_USAGE_OID.codeSigning]: false,
    [EXTENDED_KEY_USAGE_OID.emailProtection]: true,
    [EXTENDED_KEY_USAGE_OID.timeStamping]: false,
    [EXTENDED_KEY_USAGE_OID.OCSPSigning]: false,
  } satisfies Readonly<Record<Oid, boolean>>),
);

/**
 * Chooses the key usages of a leaf that does not state them. TLS signs with every key (RFC 8446 section
 * 4.4.2.2). RSA key transport (TLS 1.2) also needs keyEncipherment, for servers only (RFC 5280 section
 * 4.2.1.3).
 * @param extendedKeyUsages dotted OIDs; null for no limit
 */
export function chooseKeyUsages(
  keyClass: KeyClass,
  extendedKeyUsages: readonly string[] | null,
): readonly KeyUsageName[] {
  const enciphers =
    keyClass === 'rsa' &&
    !(extendedKeyUsages?.every((oid) => ENCIPHERS.get(oid) === false) ?? false);
  return enciphers ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'];
}

import { encodeExtendedKeyUsages } from './extended-key-usages.ts';
import { encodeBasicConstraints, encodeKeyUsage } from './extensions.ts';

/** What may differ between the extensions of CA certificates; a request as it was read fits too. */
export interface CaExtensions {
  readonly pathLenConstraint: number | null;
  /** Dotted OIDs. */
  readonly extendedKeyUsages: readonly string[] | null;
  /** Whole extensions. */
  readonly policiesDer: Uint8Array | null;
  readonly nameConstraintsDer: Uint8Array | null;
  readonly otherExtensionsDer: readonly Uint8Array[];
}

/**
 * The extensions of a CA certificate but for names, identifiers and addresses: with CA:TRUE,
 * keyCertSign and cRLSign whatever was asked for (RFC 5280 sections 4.2.1.3 and 4.2.1.9).
 */
export function encodeCaExtensions(ca: CaExtensions): Uint8Array[] {
  return [
    encodeBasicConstraints(true, ca.pathLenConstraint ?? undefined),
    encodeKeyUsage(['keyCertSign', 'cRLSign']),
    ...(ca.extendedKeyUsages === null ? [] : [encodeExtendedKeyUsages(ca.extendedKeyUsages)]),
    ...[ca.policiesDer, ca.nameConstraintsDer].filter((der) => der !== null),
    ...ca.otherExtensionsDer,
  ];
}

/** Of a CA whose key is kept here: it signs OCSP answers too, beside certificates and lists (RFC 5280 section 4.2.1.3). */
export function encodeOwnCaKeyUsage(): Uint8Array {
  return encodeKeyUsage(['digitalSignature', 'keyCertSign', 'cRLSign']);
}

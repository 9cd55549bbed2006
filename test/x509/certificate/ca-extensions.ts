import { encodeExtendedKeyUsages } from '../../../src/x509/certificate/extended-key-usages.ts';
import {
  encodeBasicConstraints,
  encodeKeyUsage,
} from '../../../src/x509/certificate/extensions.ts';

/** The extensions that may differ between CA certificates. */
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
 * Writes the extensions of a CA certificate, except names, key identifiers and URLs. CA:TRUE,
 * keyCertSign and cRLSign are always in (RFC 5280 sections 4.2.1.3 and 4.2.1.9).
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

import { OctetString } from '@peculiar/asn1-schema';
import {
  AccessDescription,
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints as BasicConstraintsToWrite,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  ExtendedKeyUsage,
  GeneralName,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Extension as SchemaExtension,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509';
import { DerError, encodeElement, readElement, TAG } from '../../asn1/der.ts';
import {
  BasicConstraints,
  Extensions,
  type Extension as ReadExtension,
} from '../../asn1/extension-schema.ts';
import { EXTENDED_KEY_USAGE_OID, type ExtendedKeyUsageName, OID } from '../../asn1/oids.ts';
import { parseGated, parseStrict, serialize } from '../../asn1/parse-strict.ts';
import { PRIMITIVE } from '../../asn1/shape.ts';
import { AUTHORITY_KEY_IDENTIFIER, BASIC_CONSTRAINTS, EXTENSIONS } from '../../asn1/shapes.ts';
import { bytesToBigInt } from '../../bytes.ts';
import { keepExtension } from './kept-extensions.ts';

export interface Extension {
  readonly critical: boolean;
  /** The content of the extnValue OCTET STRING. */
  readonly valueDer: Uint8Array;
}

/** Extensions by OID, in their order. */
export type ExtensionMap = ReadonlyMap<string, Extension>;

/**
 * Reads the DER of Extensions.
 * @param der that the gate has let pass
 * @throws DerError
 */
export function parseExtensions(der: Uint8Array): ExtensionMap {
  return mapExtensions(parseGated(der, Extensions, TAG.sequence, EXTENSIONS));
}

/** @throws DerError for an extension that occurs twice (RFC 5280 section 4.2) */
export function mapExtensions(extensions: Iterable<ReadExtension>): ExtensionMap {
  const map = new Map<string, Extension>();
  for (const { extnID, critical, extnValue } of extensions) {
    if (map.has(extnID)) throw new DerError(`the extension ${extnID} occurs twice`);
    map.set(extnID, { critical, valueDer: readElement(extnValue).content });
  }
  return map;
}

/** Writes an Extension through the schema. */
export function encodeExtension(oid: string, critical: boolean, valueDer: Uint8Array): Uint8Array {
  const extnValue = new OctetString(valueDer);
  return serialize(new SchemaExtension({ extnID: oid, critical, extnValue }));
}

/** RFC 5280 section 4.2.1.9. Critical, as a CA's must be and a leaf's may be. */
export function encodeBasicConstraints(cA: boolean, pathLenConstraint?: number): Uint8Array {
  return keepExtension(OID.basicConstraints, [cA, pathLenConstraint], () => {
    const value = new BasicConstraintsToWrite(
      pathLenConstraint === undefined ? { cA } : { cA, pathLenConstraint },
    );
    return encodeExtension(OID.basicConstraints, true, serialize(value));
  });
}

export type KeyUsageName = Exclude<keyof typeof KeyUsageFlags, 'encipherOnly' | 'decipherOnly'>;

/** RFC 5280 section 4.2.1.3. */
export function encodeKeyUsage(usages: readonly KeyUsageName[]): Uint8Array {
  const flags = usages.reduce<number>((sum, usage) => sum | KeyUsageFlags[usage], 0);
  return keepExtension(OID.keyUsage, [flags], () =>
    encodeExtension(OID.keyUsage, true, serialize(new KeyUsage(flags))),
  );
}

export function encodeExtendedKeyUsage(usages: readonly ExtendedKeyUsageName[]): Uint8Array {
  const purposes = usages.map((usage) => EXTENDED_KEY_USAGE_OID[usage]);
  return keepExtension(OID.extKeyUsage, purposes, () =>
    encodeExtension(OID.extKeyUsage, false, serialize(new ExtendedKeyUsage(purposes))),
  );
}

export function encodeSubjectKeyIdentifier(keyIdentifier: Uint8Array): Uint8Array {
  const value = new SubjectKeyIdentifier(keyIdentifier);
  return encodeExtension(OID.subjectKeyIdentifier, false, serialize(value));
}

/** Writes the keyIdentifier only (RFC 5280 section 4.2.1.1). */
export function encodeAuthorityKeyIdentifier(keyIdentifier: Uint8Array): Uint8Array {
  return keepExtension(OID.authorityKeyIdentifier, [keyIdentifier.toHex()], () => {
    const value = new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyIdentifier) });
    return encodeExtension(OID.authorityKeyIdentifier, false, serialize(value));
  });
}

/** RFC 5280 section 4.2.1.13, with one full name. @param url plain http (section 8) */
export function encodeCrlDistributionPoints(url: string): Uint8Array {
  return keepExtension(OID.cRLDistributionPoints, [url], () => {
    const distributionPoint = new DistributionPointName({ fullName: [uri(url)] });
    const value = new CRLDistributionPoints([new DistributionPoint({ distributionPoint })]);
    return encodeExtension(OID.cRLDistributionPoints, false, serialize(value));
  });
}

/** RFC 9608 section 2. */
export function encodeNoRevAvail(): Uint8Array {
  return keepExtension(OID.noRevAvail, [], () =>
    encodeExtension(OID.noRevAvail, false, encodeElement(TAG.null, new Uint8Array())),
  );
}

/** RFC 5280 section 4.2.2.1. The URLs are plain http (section 8). @param ocspUrl null for none */
export function encodeAuthorityInfoAccess(
  caIssuersUrl: string,
  ocspUrl: string | null,
): Uint8Array {
  return keepExtension(OID.authorityInfoAccess, [caIssuersUrl, ocspUrl], () => {
    const value = new AuthorityInfoAccessSyntax([
      ...(ocspUrl === null
        ? []
        : [new AccessDescription({ accessMethod: OID.ocsp, accessLocation: uri(ocspUrl) })]),
      new AccessDescription({ accessMethod: OID.caIssuers, accessLocation: uri(caIssuersUrl) }),
    ]);
    return encodeExtension(OID.authorityInfoAccess, false, serialize(value));
  });
}

/** @param url ASCII */
function uri(url: string): GeneralName {
  return new GeneralName({ uniformResourceIdentifier: url });
}

/** Reads the basic constraints; a certificate without them is no CA. @throws DerError */
export function readBasicConstraints(extensions: ExtensionMap): {
  readonly ca: boolean;
  readonly pathLenConstraint: number | null;
} {
  const extension = extensions.get(OID.basicConstraints);
  if (extension === undefined) return { ca: false, pathLenConstraint: null };
  const { cA, pathLenConstraint } = parseStrict(
    extension.valueDer,
    BasicConstraints,
    TAG.sequence,
    BASIC_CONSTRAINTS,
  );
  return {
    ca: cA,
    pathLenConstraint:
      pathLenConstraint === undefined ? null : readPathLength(new Uint8Array(pathLenConstraint)),
  };
}

function readPathLength(bytes: Uint8Array): number {
  if ((bytes[0] ?? 0) >= 0x80) throw new DerError('the path length is negative');
  const length = Number(bytesToBigInt(bytes));
  if (!Number.isSafeInteger(length)) throw new DerError('the path length is 2^53 or more');
  return length;
}

/** Whether the key may be used for `usage`: without the extension, for everything. @throws DerError */
export function hasKeyUsage(extensions: ExtensionMap, usage: KeyUsageName): boolean {
  const extension = extensions.get(OID.keyUsage);
  if (extension === undefined) return true;
  const { value } = parseStrict(extension.valueDer, KeyUsage, TAG.bitString, PRIMITIVE);
  const [first = 0] = new Uint8Array(value);
  // Named bits begin at the most significant one, the library's flags at the least.
  return (first & (0x80 >> Math.log2(KeyUsageFlags[usage]))) !== 0;
}

/** Reads the identifier that a certificate gives its own key, or null. @throws DerError */
export function readSubjectKeyIdentifier(extensions: ExtensionMap): Uint8Array | null {
  const extension = extensions.get(OID.subjectKeyIdentifier);
  if (extension === undefined) return null;
  const { valueDer } = extension;
  const identifier = parseStrict(valueDer, SubjectKeyIdentifier, TAG.octetString, PRIMITIVE);
  return new Uint8Array(identifier.buffer);
}

/** Reads the identifier of the issuer's key, or null. @throws DerError */
export function readAuthorityKeyIdentifier(extensions: ExtensionMap): Uint8Array | null {
  const extension = extensions.get(OID.authorityKeyIdentifier);
  if (extension === undefined) return null;
  const { valueDer } = extension;
  const { keyIdentifier } = parseStrict(
    valueDer,
    AuthorityKeyIdentifier,
    TAG.sequence,
    AUTHORITY_KEY_IDENTIFIER,
  );
  return keyIdentifier === undefined ? null : new Uint8Array(keyIdentifier.buffer);
}

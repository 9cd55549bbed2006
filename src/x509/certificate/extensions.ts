import {
  type DerElement,
  DerError,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  encodeUnsignedInteger,
  readChildren,
  readObjectIdentifier,
  readOnly,
  readUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';
import { EXTENDED_KEY_USAGE_OID, type ExtendedKeyUsageName, OID } from '../../asn1/oids.ts';
import { bytesToBigInt, encodeUtf8, numberToBytes } from '../../bytes.ts';

export interface Extension {
  readonly critical: boolean;
  /** What the extnValue OCTET STRING holds. */
  readonly valueDer: Uint8Array;
}

/** Extensions by OID, in their order. */
export type ExtensionMap = ReadonlyMap<string, Extension>;

/**
 * Extensions of RFC 5280 section 4.2, in a certificate as in a request, which is on the path of
 * every issuance: by the schema this was measured to cost most of reading a request.
 * @param element of DER that assertStrictDer let pass
 * @throws DerError also for an extension that stands twice
 */
export function readExtensions(element: DerElement): ExtensionMap {
  if (element.tag !== TAG.sequence) throw new DerError('the extensions are no SEQUENCE');
  const map = new Map<string, Extension>();
  for (const extension of readChildren(element.content)) {
    const [id, ...rest] = extension.tag === TAG.sequence ? readChildren(extension.content) : [];
    const critical = rest[0]?.tag === TAG.boolean ? rest.shift() : undefined;
    const [value, ...more] = rest;
    if (id === undefined || value?.tag !== TAG.octetString || more.length > 0) {
      throw new DerError('an extension is not SEQUENCE { extnID, critical, extnValue }');
    }
    const oid = readObjectIdentifier(id);
    if (map.has(oid)) throw new DerError(`the extension ${oid} stands twice`);
    map.set(oid, { critical: critical?.content[0] === 0xff, valueDer: value.content });
  }
  return map;
}

const TRUE_DER = Uint8Array.of(TAG.boolean, 0x01, 0xff);

/** One Extension; `critical` is left out where it is the default FALSE, as DER wants it. */
export function encodeExtension(oid: string, critical: boolean, valueDer: Uint8Array): Uint8Array {
  const value = encodeElement(TAG.octetString, valueDer);
  const id = encodeObjectIdentifier(oid);
  return critical ? encodeSequence(id, TRUE_DER, value) : encodeSequence(id, value);
}

/** RFC 5280 section 4.2.1.9; critical, as a CA's must be and a leaf's may be. */
export function encodeBasicConstraints(ca: boolean, pathLenConstraint?: number): Uint8Array {
  const value = encodeSequence(
    ...(ca ? [TRUE_DER] : []),
    ...(pathLenConstraint === undefined
      ? []
      : [encodeUnsignedInteger(numberToBytes(pathLenConstraint))]),
  );
  return encodeExtension(OID.basicConstraints, true, value);
}

/** Positions of the bits by their RFC 5280 section 4.2.1.3 names. */
const KEY_USAGE_BIT = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
} as const;

export type KeyUsageName = keyof typeof KEY_USAGE_BIT;

/** A named bit list (X.690 section 11.2.2): it ends behind its last bit that is set. */
export function encodeKeyUsage(usages: readonly KeyUsageName[]): Uint8Array {
  const positions = usages.map((usage) => KEY_USAGE_BIT[usage]);
  const bits = positions.reduce<number>((byte, position) => byte | (0x80 >> position), 0);
  const content = bits === 0 ? [0] : [7 - Math.max(...positions), bits];
  return encodeExtension(
    OID.keyUsage,
    true,
    encodeElement(TAG.bitString, Uint8Array.from(content)),
  );
}

export function encodeExtendedKeyUsage(usages: readonly ExtendedKeyUsageName[]): Uint8Array {
  const purposes = usages.map((usage) => encodeObjectIdentifier(EXTENDED_KEY_USAGE_OID[usage]));
  return encodeExtension(OID.extKeyUsage, false, encodeSequence(...purposes));
}

export function encodeSubjectKeyIdentifier(keyIdentifier: Uint8Array): Uint8Array {
  return encodeExtension(
    OID.subjectKeyIdentifier,
    false,
    encodeElement(TAG.octetString, keyIdentifier),
  );
}

/** Its keyIdentifier alone, as RFC 5280 section 4.2.1.1 wants it. */
export function encodeAuthorityKeyIdentifier(keyIdentifier: Uint8Array): Uint8Array {
  const value = encodeSequence(encodeElement(0x80, keyIdentifier));
  return encodeExtension(OID.authorityKeyIdentifier, false, value);
}

/** RFC 5280 section 4.2.1.13, one full name. @param url plain http (section 8) */
export function encodeCrlDistributionPoints(url: string): Uint8Array {
  const distributionPointName = encodeElement(0xa0, encodeElement(0xa0, encodeUri(url)));
  const value = encodeSequence(encodeSequence(distributionPointName));
  return encodeExtension(OID.cRLDistributionPoints, false, value);
}

/** RFC 5280 section 4.2.2.1. Both addresses are plain http (section 8). */
export function encodeAuthorityInfoAccess(caIssuersUrl: string, ocspUrl: string): Uint8Array {
  const describe = (accessMethod: string, url: string) =>
    encodeSequence(encodeObjectIdentifier(accessMethod), encodeUri(url));
  const value = encodeSequence(describe(OID.ocsp, ocspUrl), describe(OID.caIssuers, caIssuersUrl));
  return encodeExtension(OID.authorityInfoAccess, false, value);
}

/** A GeneralName. @param url ASCII */
function encodeUri(url: string): Uint8Array {
  return encodeElement(0x86, encodeUtf8(url));
}

/** What a certificate says of being a CA; no extension means that it is none. @throws DerError */
export function readBasicConstraints(extensions: ExtensionMap): {
  readonly ca: boolean;
  readonly pathLenConstraint: number | null;
} {
  const extension = extensions.get(OID.basicConstraints);
  if (extension === undefined) return { ca: false, pathLenConstraint: null };
  const fields = readChildren(readOnly(extension.valueDer, TAG.sequence).content);
  const ca = fields[0]?.tag === TAG.boolean ? fields.shift() : undefined;
  const [pathLength, ...more] = fields;
  if (more.length > 0) throw new DerError('not SEQUENCE { cA, pathLenConstraint }');
  return {
    ca: ca !== undefined && ca.content[0] !== 0,
    pathLenConstraint: pathLength === undefined ? null : readPathLength(pathLength),
  };
}

function readPathLength(element: DerElement): number {
  const length = Number(bytesToBigInt(readUnsignedInteger(element)));
  if (!Number.isSafeInteger(length)) throw new DerError('the path length is 2^53 or more');
  return length;
}

/** Whether the key usage, where there is one, has `usage` (RFC 5280 section 4.2.1.3: none means any). */
export function hasKeyUsage(extensions: ExtensionMap, usage: KeyUsageName): boolean {
  const extension = extensions.get(OID.keyUsage);
  if (extension === undefined) return true;
  const { content } = readOnly(extension.valueDer, TAG.bitString);
  const [unused = 8, first = 0] = content;
  if (unused > 7) throw new DerError('BIT STRING with wrong unused bits');
  // Only the last byte has unused bits, and what stands in them says nothing.
  const bits = content.length > 2 ? first : first & (0xff << unused);
  return (bits & (0x80 >> KEY_USAGE_BIT[usage])) !== 0;
}

/** The key identifier that a certificate gives its own key, or null. @throws DerError */
export function readSubjectKeyIdentifier(extensions: ExtensionMap): Uint8Array | null {
  const extension = extensions.get(OID.subjectKeyIdentifier);
  return extension === undefined ? null : readOnly(extension.valueDer, TAG.octetString).content;
}

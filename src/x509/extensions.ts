import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AccessDescription,
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  ExtendedKeyUsage,
  GeneralName,
  KeyIdentifier,
  KeyUsage,
} from '@peculiar/asn1-x509';
import {
  type DerElement,
  DerError,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  readChildren,
  readObjectIdentifier,
  TAG,
} from './der.ts';
import { EXTENDED_KEY_USAGE_OID, type ExtendedKeyUsageName, OID } from './oids.ts';

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
  const value = new BasicConstraints({
    cA: ca,
    ...(pathLenConstraint === undefined ? {} : { pathLenConstraint }),
  });
  return encodeExtension(OID.basicConstraints, true, serialize(value));
}

/** KeyUsage bits by their RFC 5280 section 4.2.1.3 names. */
const KEY_USAGE_BIT = {
  digitalSignature: 1,
  nonRepudiation: 2,
  keyEncipherment: 4,
  dataEncipherment: 8,
  keyAgreement: 16,
  keyCertSign: 32,
  cRLSign: 64,
} as const;

export type KeyUsageName = keyof typeof KEY_USAGE_BIT;

export function encodeKeyUsage(usages: readonly KeyUsageName[]): Uint8Array {
  const bits = usages.reduce((sum, usage) => sum | KEY_USAGE_BIT[usage], 0);
  return encodeExtension(OID.keyUsage, true, serialize(new KeyUsage(bits)));
}

export function encodeExtendedKeyUsage(usages: readonly ExtendedKeyUsageName[]): Uint8Array {
  const value = new ExtendedKeyUsage(usages.map((usage) => EXTENDED_KEY_USAGE_OID[usage]));
  return encodeExtension(OID.extKeyUsage, false, serialize(value));
}

export function encodeSubjectKeyIdentifier(keyIdentifier: Uint8Array): Uint8Array {
  return encodeExtension(
    OID.subjectKeyIdentifier,
    false,
    encodeElement(TAG.octetString, keyIdentifier),
  );
}

export function encodeAuthorityKeyIdentifier(keyIdentifier: Uint8Array): Uint8Array {
  const value = new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyIdentifier) });
  return encodeExtension(OID.authorityKeyIdentifier, false, serialize(value));
}

/** RFC 5280 section 4.2.1.13, one full name. @param url plain http (section 8) */
export function encodeCrlDistributionPoints(url: string): Uint8Array {
  const value = new CRLDistributionPoints([
    new DistributionPoint({
      distributionPoint: new DistributionPointName({
        fullName: [new GeneralName({ uniformResourceIdentifier: url })],
      }),
    }),
  ]);
  return encodeExtension(OID.cRLDistributionPoints, false, serialize(value));
}

/** RFC 5280 section 4.2.2.1. Both addresses are plain http (section 8). */
export function encodeAuthorityInfoAccess(caIssuersUrl: string, ocspUrl: string): Uint8Array {
  const describe = (accessMethod: string, url: string) =>
    new AccessDescription({
      accessMethod,
      accessLocation: new GeneralName({ uniformResourceIdentifier: url }),
    });
  const value = new AuthorityInfoAccessSyntax([
    describe(OID.ocsp, ocspUrl),
    describe(OID.caIssuers, caIssuersUrl),
  ]);
  return encodeExtension(OID.authorityInfoAccess, false, serialize(value));
}

function serialize(value: unknown): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(value));
}

/** What a certificate says of being a CA; no extension means that it is none. @throws DerError */
export function readBasicConstraints(extensions: ExtensionMap): {
  readonly ca: boolean;
  readonly pathLenConstraint: number | null;
} {
  const extension = extensions.get(OID.basicConstraints);
  if (extension === undefined) return { ca: false, pathLenConstraint: null };
  const { cA, pathLenConstraint } = AsnConvert.parse(extension.valueDer, BasicConstraints);
  return { ca: cA, pathLenConstraint: pathLenConstraint ?? null };
}

/** Whether the key usage, where there is one, has `usage` (RFC 5280 section 4.2.1.3: none means any). */
export function hasKeyUsage(extensions: ExtensionMap, usage: KeyUsageName): boolean {
  const extension = extensions.get(OID.keyUsage);
  if (extension === undefined) return true;
  return (AsnConvert.parse(extension.valueDer, KeyUsage).toNumber() & KEY_USAGE_BIT[usage]) !== 0;
}

/** The key identifier that a certificate gives its own key, or null. */
export function readSubjectKeyIdentifier(extensions: ExtensionMap): Uint8Array | null {
  const extension = extensions.get(OID.subjectKeyIdentifier);
  return extension === undefined
    ? null
    : new Uint8Array(AsnConvert.parse(extension.valueDer, OctetString).buffer);
}

import {
  type DerElement,
  DerError,
  readChildren,
  readElement,
  readObjectIdentifier,
  readOnly,
  TAG,
} from '../../asn1/der.ts';
import { assertStrictDer } from '../../asn1/strict-der.ts';
import type { Extension, ExtensionMap } from '../certificate/extensions.ts';
import { readSerialHex } from '../certificate/serial-number.ts';
import { describeGeneralName, describeGeneralNames } from './describe-general-name.ts';
import type {
  AccessDescription,
  ExtensionDescription,
  ExtensionValues,
  GeneralNameDescription,
  ReadExtension,
  ReadExtensionName,
  UnreadExtension,
} from './description.ts';
import {
  findOtherExtension,
  KEY_USAGES,
  nameOid,
  READ_EXTENSION_OID,
  TLS_FEATURES,
} from './extension-names.ts';
import { readDistributionPoints } from './read-distribution-points.ts';
import { readNamedBits, readSmallInteger } from './read-elements.ts';
import {
  readCertificatePolicies,
  readPolicyConstraints,
  readPolicyMappings,
} from './read-policies.ts';
import { readTimestamps } from './read-timestamps.ts';

/** Describes every extension, in order. A value that cannot be read is null. Never throws. */
export function describeExtensions(extensions: ExtensionMap): ExtensionDescription[] {
  return Array.from(extensions, ([oid, extension]) => describeExtension(oid, extension));
}

function describeExtension(oid: string, { critical, valueDer }: Extension): ExtensionDescription {
  const frame = { oid, critical, hex: valueDer.toHex() };
  const read = READERS.get(oid);
  if (read !== undefined) return { ...frame, ...read(valueDer) };
  return { ...frame, name: findOtherExtension(oid), value: null };
}

/** A reader of the extension of that name, by its OID. @param tag of the value */
function reader<Name extends ReadExtensionName>(
  name: Name,
  tag: number,
  read: (element: DerElement) => ExtensionValues[Name],
) {
  function describe(
    valueDer: Uint8Array,
  ): { readonly name: Name; readonly value: ExtensionValues[Name] } | UnreadExtension {
    try {
      assertStrictDer(valueDer);
      return { name, value: read(readOnly(valueDer, tag)) };
    } catch (error) {
      if (error instanceof DerError) return { name, value: null };
      throw error;
    }
  }
  return [READ_EXTENSION_OID[name], describe] as const;
}

type Read = (valueDer: Uint8Array) => ReadExtension | UnreadExtension;

const READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  reader('subjectAltName', TAG.sequence, describeGeneralNames),
  reader('issuerAltName', TAG.sequence, describeGeneralNames),
  reader('keyUsage', TAG.bitString, (bits) => readNamedBits(bits, KEY_USAGES)),
  reader('extKeyUsage', TAG.sequence, readOids),
  reader('basicConstraints', TAG.sequence, readBasicConstraints),
  reader('nameConstraints', TAG.sequence, readNameConstraints),
  reader('authorityInfoAccess', TAG.sequence, readAccess),
  reader('subjectInfoAccess', TAG.sequence, readAccess),
  reader('cRLDistributionPoints', TAG.sequence, readDistributionPoints),
  reader('freshestCRL', TAG.sequence, readDistributionPoints),
  reader('certificatePolicies', TAG.sequence, readCertificatePolicies),
  reader('policyMappings', TAG.sequence, readPolicyMappings),
  reader('policyConstraints', TAG.sequence, readPolicyConstraints),
  reader('inhibitAnyPolicy', TAG.integer, readSmallInteger),
  reader('subjectKeyIdentifier', TAG.octetString, ({ content }) => content.toHex()),
  reader('authorityKeyIdentifier', TAG.sequence, readAuthorityKeyIdentifier),
  reader('tlsFeature', TAG.sequence, readFeatures),
  reader('signedCertificateTimestampList', TAG.octetString, readTimestamps),
]);

function readOids({ content }: DerElement): ExtensionValues['extKeyUsage'] {
  return readChildren(content).map((oid) => nameOid(readObjectIdentifier(oid)));
}

/** RFC 5280 section 4.2.1.9. */
function readBasicConstraints({ content }: DerElement): ExtensionValues['basicConstraints'] {
  const parts = readChildren(content);
  const cA = parts.find(({ tag }) => tag === TAG.boolean);
  const length = parts.find(({ tag }) => tag === TAG.integer);
  return {
    cA: cA !== undefined && cA.content[0] !== 0,
    pathLenConstraint: length === undefined ? null : readSmallInteger(length),
  };
}

/** RFC 5280 section 4.2.1.10. Minimum and maximum have no meaning in certificates. */
function readNameConstraints({ content }: DerElement): ExtensionValues['nameConstraints'] {
  const parts = readChildren(content);
  const read = (wanted: number) => {
    const subtrees = parts.find(({ tag }) => tag === wanted);
    return subtrees === undefined ? [] : readChildren(subtrees.content).map(readSubtree);
  };
  return { permitted: read(0xa0), excluded: read(0xa1) };
}

function readSubtree({ content }: DerElement): GeneralNameDescription {
  return describeGeneralName(readElement(content));
}

/** RFC 5280 section 4.2.2. */
function readAccess({ content }: DerElement): AccessDescription[] {
  return readChildren(content).map((description) => {
    const [method, location] = readChildren(description.content);
    if (method === undefined || location === undefined) {
      throw new DerError('not an AccessDescription');
    }
    const { oid, name } = nameOid(readObjectIdentifier(method));
    return { oid, method: name, location: describeGeneralName(location) };
  });
}

/** RFC 5280 section 4.2.1.1. */
function readAuthorityKeyIdentifier({
  content,
}: DerElement): ExtensionValues['authorityKeyIdentifier'] {
  const parts = new Map(readChildren(content).map((part) => [part.tag, part]));
  const issuer = parts.get(0xa1);
  const serial = parts.get(0x82);
  return {
    keyIdentifier: parts.get(0x80)?.content.toHex() ?? null,
    authorityCertIssuer: issuer === undefined ? [] : describeGeneralNames(issuer),
    authorityCertSerialNumber: serial === undefined ? null : readSerialHex(serial.content),
  };
}

/** RFC 7633. */
function readFeatures({ content }: DerElement): ExtensionValues['tlsFeature'] {
  return readChildren(content).map((feature) => {
    const number = readSmallInteger(feature);
    return { number, name: TLS_FEATURES[number] ?? null };
  });
}

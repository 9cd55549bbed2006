import { CertificationRequest } from '@peculiar/asn1-csr';
import { AsnConvert } from '@peculiar/asn1-schema';
import { describe, expect, it } from 'vitest';
import {
  encodeBitString,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  encodeUnsignedInteger,
  readChildren,
  readOnly,
  TAG,
} from '../../../src/asn1/der.ts';
import { OID } from '../../../src/asn1/oids.ts';
import { SignetError } from '../../../src/errors.ts';
import { decodeCsr, parseCsr } from '../../../src/x509/certificate/csr.ts';
import { CSR_NAMES, csrPem } from '../../fixtures.ts';

const accepted = CSR_NAMES.filter((name) => !name.startsWith('rejected-'));

/** Parts of a valid CSR, from which the tests build invalid ones. */
function takeApart(name: string) {
  const [info, algorithm, signature] = children(decodeCsr(csrPem(name)));
  if (info === undefined || algorithm === undefined || signature === undefined) throw new Error();
  const [version, subject, spki, attributes] = children(info);
  if (version === undefined || subject === undefined || spki === undefined) throw new Error();
  if (attributes === undefined) throw new Error(`${name} has no attributes`);
  return { algorithm, signature, version, subject, spki, attributes };
}

function children(der: Uint8Array): Uint8Array[] {
  return readChildren(readOnly(der, TAG.sequence).content).map(({ bytes }) => bytes);
}

const { algorithm, signature, version, subject, spki, attributes } = takeApart('p-256-sha256');
const withInfo = (...fields: Uint8Array[]) =>
  encodeSequence(encodeSequence(...fields), algorithm, signature);
const withAttributes = (...values: Uint8Array[]) =>
  withInfo(version, subject, spki, encodeElement(0xa0, ...values));

const extensions = (...oids: string[]) =>
  encodeSequence(
    ...oids.map((oid) =>
      encodeSequence(encodeObjectIdentifier(oid), encodeElement(TAG.octetString, encodeSequence())),
    ),
  );
const attribute = (oid: string, ...values: Uint8Array[]) =>
  encodeSequence(encodeObjectIdentifier(oid), encodeElement(TAG.set, ...values));
const CHALLENGE_PASSWORD = '1.2.840.113549.1.9.7';
const challengePassword = attribute(
  CHALLENGE_PASSWORD,
  encodeElement(TAG.utf8String, new TextEncoder().encode('secret')),
);

function reasonOf(der: Uint8Array): string {
  try {
    parseCsr(der);
  } catch (error) {
    if (error instanceof SignetError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('parseCsr', () => {
  it.each(accepted)('reads %s as the stock schema does', (name) => {
    const csrDer = decodeCsr(csrPem(name));
    const csr = parseCsr(csrDer);
    const bySchema = AsnConvert.parse(csrDer, CertificationRequest);
    const { subjectPKInfo, subject: name_ } = bySchema.certificationRequestInfo;
    expect(csr.signature).toEqual(new Uint8Array(bySchema.signature));
    expect(csr.subjectDer).toEqual(new Uint8Array(AsnConvert.serialize(name_)));
    expect(csr.publicKey.spkiDer).toEqual(new Uint8Array(AsnConvert.serialize(subjectPKInfo)));
    const asked = [...(bySchema.certificationRequestInfo.attributes ?? [])].some(
      ({ type }) => type === OID.extensionRequest,
    );
    expect(csr.extensions.size > 0).toBe(asked);
  });

  it('accepts a CSR without attributes, or with others', () => {
    expect(parseCsr(withInfo(version, subject, spki)).extensions.size).toBe(0);
    expect(parseCsr(withAttributes()).extensions.size).toBe(0);
    expect(parseCsr(withAttributes(challengePassword)).extensions.size).toBe(0);
    const both = withAttributes(
      challengePassword,
      attribute(OID.extensionRequest, extensions('1.2.3', '1.2.4')),
    );
    expect([...parseCsr(both).extensions.keys()]).toEqual(['1.2.3', '1.2.4']);
    const microsoft = withAttributes(attribute(OID.microsoftExtensionRequest, extensions('1.2.5')));
    expect([...parseCsr(microsoft).extensions.keys()]).toEqual(['1.2.5']);
  });

  const info = encodeSequence(version, subject, spki, attributes);
  const integer = (value: number) => encodeUnsignedInteger(Uint8Array.of(value));
  const request = attribute(OID.extensionRequest, extensions('1.2.3'));

  it.each([
    ['a fourth element', encodeSequence(info, algorithm, signature, integer(1))],
    ['no signature', encodeSequence(info, algorithm)],
    ['a SET for the info', encodeSequence(encodeElement(TAG.set, version), algorithm, signature)],
    ['a signature that is no BIT STRING', encodeSequence(info, algorithm, integer(1))],
    [
      'a signature of broken bytes',
      encodeSequence(info, algorithm, encodeElement(TAG.bitString, Uint8Array.of(1, 0xfe))),
    ],
    ['version v2', withInfo(integer(1), subject, spki, attributes)],
    ['a version that is no INTEGER', withInfo(Uint8Array.of(0x0a, 1, 0), subject, spki)],
    ['no version', withInfo(subject, spki, attributes)],
    ['a SET for the subject', withInfo(version, encodeElement(TAG.set), spki, attributes)],
    ['no key', withInfo(version, subject)],
    ['a key that is a BIT STRING', withInfo(version, subject, encodeBitString(spki))],
    ['two sets of attributes', withInfo(version, subject, spki, attributes, attributes)],
    ['attributes under another tag', withInfo(version, subject, spki, encodeElement(0xa1))],
    ['an attribute that is a SET', withAttributes(encodeElement(TAG.set))],
    ['an attribute without values', withAttributes(encodeSequence(encodeObjectIdentifier('1.2')))],
    ['an attribute without a type', withAttributes(encodeSequence(encodeElement(TAG.set)))],
    ['two requests for extensions', withAttributes(request, request)],
    [
      'two values of extensions',
      withAttributes(attribute(OID.extensionRequest, extensions('1.2.3'), extensions('1.2.4'))),
    ],
    ['a request for extensions without a value', withAttributes(attribute(OID.extensionRequest))],
    [
      'an extension twice',
      withAttributes(attribute(OID.extensionRequest, extensions('1.2', '1.2'))),
    ],
    [
      'extensions that are none',
      withAttributes(attribute(OID.extensionRequest, encodeSequence(integer(1)))),
    ],
  ])('refuses %s', (_name, der) => {
    expect(reasonOf(der)).toMatch(/^malformed-csr: /);
  });
});

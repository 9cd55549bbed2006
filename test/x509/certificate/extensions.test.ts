import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AccessDescription,
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  ExtendedKeyUsage,
  Extension,
  GeneralName,
  KeyIdentifier,
  KeyUsage,
} from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import { DerError } from '../../../src/asn1/der.ts';
import { EXTENDED_KEY_USAGE_OID, OID } from '../../../src/asn1/oids.ts';
import {
  type ExtensionMap,
  encodeAuthorityInfoAccess,
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeCrlDistributionPoints,
  encodeExtendedKeyUsage,
  encodeKeyUsage,
  hasKeyUsage,
  type KeyUsageName,
  readBasicConstraints,
  readSubjectKeyIdentifier,
} from '../../../src/x509/certificate/extensions.ts';

const URL = 'http://ca.example/crl/1.crl';
const OCSP_URL = 'http://ca.example/ocsp/1';

/** Returns the value of an extension that Signet wrote, and the value that the library writes. */
function bothHex(extensionDer: Uint8Array, expected: unknown): readonly [string, string] {
  const { extnValue } = AsnConvert.parse(extensionDer, Extension);
  return [
    new Uint8Array(extnValue.buffer).toHex(),
    new Uint8Array(AsnConvert.serialize(expected)).toHex(),
  ];
}

const uri = (url = URL) => new GeneralName({ uniformResourceIdentifier: url });

describe('extensions, against the whole schema of RFC 5280', () => {
  it.each([
    ['a leaf', false, undefined],
    ['a CA without a limit', true, undefined],
    ['a CA with leaves alone below it', true, 0],
    ['a CA with three below it', true, 3],
    ['a CA with a limit of two bytes', true, 200],
  ])('writes the basic constraints of %s', (_, ca, limit) => {
    const expected = new BasicConstraints(
      limit === undefined ? { cA: ca } : { cA: ca, pathLenConstraint: limit },
    );
    const [actual, whole] = bothHex(encodeBasicConstraints(ca, limit), expected);
    expect(actual).toBe(whole);
    const read = readBasicConstraints(mapOf(OID.basicConstraints, actual));
    expect(read).toEqual({ ca, pathLenConstraint: limit ?? null });
  });

  it('writes no usage, each key usage and all', () => {
    const usages: readonly KeyUsageName[] = [
      'digitalSignature',
      'nonRepudiation',
      'keyEncipherment',
      'dataEncipherment',
      'keyAgreement',
      'keyCertSign',
      'cRLSign',
    ];
    const cases: readonly (readonly [readonly KeyUsageName[], number])[] = [
      [[], 0],
      ...usages.map((usage, bit) => [[usage], 1 << bit] as const),
      [usages, 127],
    ];
    for (const [some, bits] of cases) {
      const [actual, whole] = bothHex(encodeKeyUsage(some), new KeyUsage(bits));
      expect(actual).toBe(whole);
      const map = mapOf(OID.keyUsage, actual);
      expect(usages.filter((usage) => hasKeyUsage(map, usage))).toEqual(some);
    }
  });

  it("writes the extensions that an authority's certificates share", () => {
    const keyIdentifier = Uint8Array.from({ length: 20 }, (_, i) => i);
    const point = new DistributionPoint({
      distributionPoint: new DistributionPointName({ fullName: [uri()] }),
    });
    const pairs = [
      bothHex(
        encodeExtendedKeyUsage(['serverAuth', 'clientAuth']),
        new ExtendedKeyUsage([
          EXTENDED_KEY_USAGE_OID.serverAuth,
          EXTENDED_KEY_USAGE_OID.clientAuth,
        ]),
      ),
      bothHex(
        encodeAuthorityKeyIdentifier(keyIdentifier.subarray(2, 12)),
        new AuthorityKeyIdentifier({
          keyIdentifier: new KeyIdentifier(keyIdentifier.slice(2, 12)),
        }),
      ),
      bothHex(encodeCrlDistributionPoints(URL), new CRLDistributionPoints([point])),
      bothHex(
        encodeAuthorityInfoAccess(URL, OCSP_URL),
        new AuthorityInfoAccessSyntax([
          new AccessDescription({ accessMethod: OID.ocsp, accessLocation: uri(OCSP_URL) }),
          new AccessDescription({ accessMethod: OID.caIssuers, accessLocation: uri() }),
        ]),
      ),
    ];
    for (const [actual, whole] of pairs) expect(actual).toBe(whole);
  });
});

describe('reading extensions of other CAs', () => {
  it.each([
    ['empty', '3000', false, null],
    ['a path length without cA', '3003020102', false, 2],
  ])('accepts basic constraints that are %s', (_, hex, ca, pathLenConstraint) => {
    const map = mapOf(OID.basicConstraints, hex);
    expect(readBasicConstraints(map)).toEqual({ ca, pathLenConstraint });
  });

  it.each([
    ['that are not a SEQUENCE', '0101ff', 'tag 0x1 where 0x30 belongs'],
    ['with bytes after them', '30030101ff00', 'bytes after the element'],
    ['with a third field', '30090101ff020100020100', 'extra or misplaced element'],
    ['with two booleans', '30060101ff0101ff', 'extra or misplaced element'],
    ['with their fields in the wrong order', '30060201000101ff', 'extra or misplaced element'],
    ['with cA FALSE written out', '3003010100', 'writes out the default of cA'],
    ['with TRUE in BER', '3003010101', 'BOOLEAN is neither 00 nor FF'],
    ['with a negative path length', '30060101ff0201ff', 'the path length is negative'],
    ['with a path length of 2^63-1', '300d0101ff02087fffffffffffffff', '2^53 or more'],
    ['without bytes', '', 'truncated element'],
  ])('refuses basic constraints %s', (_, hex, reason) => {
    const read = () => readBasicConstraints(mapOf(OID.basicConstraints, hex));
    expect(read).toThrow(DerError);
    expect(read).toThrow(reason);
  });

  it.each([
    ['two bytes', '0303078080', ['digitalSignature']],
    ['no bits', '030100', []],
  ])('reads a key usage with %s', (_, hex, expected) => {
    const map = mapOf(OID.keyUsage, hex);
    const asked: readonly KeyUsageName[] = ['digitalSignature', 'keyCertSign', 'cRLSign'];
    expect(asked.filter((usage) => hasKeyUsage(map, usage))).toEqual(expected);
  });

  it.each([
    ['0300', 'wrong unused bits'],
    ['03020880', 'wrong unused bits'],
    ['0401ff', 'tag 0x4 where 0x3 belongs'],
    ['030207', 'past the end'],
    ['03020784', 'padding bits set'],
  ])('refuses the key usage %s: %s', (hex, reason) => {
    const read = () => hasKeyUsage(mapOf(OID.keyUsage, hex), 'keyCertSign');
    expect(read).toThrow(DerError);
    expect(read).toThrow(reason);
  });

  it('reads a subject key identifier, or null without one', () => {
    const map = mapOf(OID.subjectKeyIdentifier, '0403010203');
    expect(readSubjectKeyIdentifier(map)).toEqual(Uint8Array.of(1, 2, 3));
    expect(readSubjectKeyIdentifier(new Map())).toBeNull();
    const wrong = mapOf(OID.subjectKeyIdentifier, '030200ff');
    expect(() => readSubjectKeyIdentifier(wrong)).toThrow(DerError);
  });
});

function mapOf(oid: string, valueHex: string): ExtensionMap {
  return new Map([[oid, { critical: false, valueDer: Uint8Array.fromHex(valueHex) }]]);
}

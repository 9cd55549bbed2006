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

/** The value of an extension as Signet writes it, and the same by the whole schema of RFC 5280. */
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

  it('writes what stands once for an authority', () => {
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
    ['an explicit FALSE', '3003010100', false, null],
    ['TRUE as BER may write it', '3003010101', true, null],
    ['a path length without cA', '3003020102', false, 2],
  ])('takes basic constraints that are %s', (_, hex, ca, pathLenConstraint) => {
    const map = mapOf(OID.basicConstraints, hex);
    expect(readBasicConstraints(map)).toEqual({ ca, pathLenConstraint });
  });

  it.each([
    ['no SEQUENCE', '0101ff'],
    ['with bytes behind', '30030101ff00'],
    ['with a third field', '30090101ff020100020100'],
    ['with two booleans', '30060101ff0101ff'],
    ['with a negative path length', '30060101ff0201ff'],
    ['with a path length over 2^53', '300d0101ff02087fffffffffffffff'],
    ['empty bytes', ''],
  ])('refuses basic constraints %s', (_, hex) => {
    expect(() => readBasicConstraints(mapOf(OID.basicConstraints, hex))).toThrow(DerError);
  });

  it.each([
    ['two bytes', '03030780ff', ['digitalSignature']],
    ['a bit among the unused ones', '03020784', ['digitalSignature']],
    ['no bits', '030100', []],
  ])('reads a key usage with %s', (_, hex, expected) => {
    const map = mapOf(OID.keyUsage, hex);
    const asked: readonly KeyUsageName[] = ['digitalSignature', 'keyCertSign', 'cRLSign'];
    expect(asked.filter((usage) => hasKeyUsage(map, usage))).toEqual(expected);
  });

  it.each(['0300', '03020880', '0401ff', '030207'])('refuses the key usage %s', (hex) => {
    expect(() => hasKeyUsage(mapOf(OID.keyUsage, hex), 'keyCertSign')).toThrow(DerError);
  });

  it('reads a subject key identifier, and says so where there is none', () => {
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

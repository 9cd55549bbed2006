import { describe, expect, it } from 'vitest';
import { DerError } from '../../../src/asn1/der.ts';
import { isObjectIdentifier } from '../../../src/asn1/object-identifier.ts';
import { OID } from '../../../src/asn1/oids.ts';
import {
  encodeExtendedKeyUsages,
  nameExtendedKeyUsage,
  parseExtendedKeyUsage,
  readExtendedKeyUsages,
} from '../../../src/x509/certificate/extended-key-usages.ts';
import { refusalMessage } from '../refusal.ts';

describe('parseExtendedKeyUsage', () => {
  it.each([
    ['any', '2.5.29.37.0'],
    ['serverAuth', '1.3.6.1.5.5.7.3.1'],
    ['clientAuth', '1.3.6.1.5.5.7.3.2'],
    ['codeSigning', '1.3.6.1.5.5.7.3.3'],
    ['emailProtection', '1.3.6.1.5.5.7.3.4'],
    ['timeStamping', '1.3.6.1.5.5.7.3.8'],
    ['OCSPSigning', '1.3.6.1.5.5.7.3.9'],
    ['1.3.6.1.5.5.7.3.17', '1.3.6.1.5.5.7.3.17'],
  ])('%s', (text, oid) => {
    expect(parseExtendedKeyUsage(text)).toBe(oid);
    expect(parseExtendedKeyUsage(nameExtendedKeyUsage(oid))).toBe(oid);
  });

  it.each(['', 'ServerAuth', 'serverAuth ', '1', '3.1', '1.40', '1..2', '1.02', 'toString'])(
    'refuses "%s"',
    (text) => {
      expect(refusalMessage('invalid-parameter', () => parseExtendedKeyUsage(text))).toContain(
        `"${text}" is not known`,
      );
    },
  );
});

describe('isObjectIdentifier', () => {
  it.each(['2.999', '0.0', '1.39', '2.100.3', '1.3.6.1.4.1.32473.1'])('accepts %s', (text) => {
    expect(isObjectIdentifier(text)).toBe(true);
  });

  it.each(['2.5.99999999999999999999', `1.2${'.1'.repeat(40)}`, '1.2.', '.1.2', '1.2.-3', 'a.b'])(
    '%s is none',
    (text) => {
      expect(isObjectIdentifier(text)).toBe(false);
    },
  );
});

describe('extended key usages', () => {
  it('are written once each and read back', () => {
    const extensionDer = encodeExtendedKeyUsages(['1.3.6.1.5.5.7.3.1', '2.999', '2.999']);
    expect(extensionDer.toHex()).toBe('30170603551d250410300e06082b0601050507030106028837');
    const valueDer = extensionDer.subarray(9);
    const extensions = new Map([[OID.extKeyUsage, { critical: false, valueDer }]]);
    expect(readExtendedKeyUsages(extensions)).toEqual(['1.3.6.1.5.5.7.3.1', '2.999']);
  });

  it('are null without the extension, and never an empty list', () => {
    expect(readExtendedKeyUsages(new Map())).toBeNull();
    const empty = new Map([
      [OID.extKeyUsage, { critical: false, valueDer: Uint8Array.of(0x30, 0) }],
    ]);
    expect(() => readExtendedKeyUsages(empty)).toThrow(DerError);
    expect(() => encodeExtendedKeyUsages([])).toThrow(RangeError);
  });
});

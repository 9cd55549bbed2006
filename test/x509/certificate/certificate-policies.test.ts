import { describe, expect, it } from 'vitest';
import { DerError } from '../../../src/asn1/der.ts';
import { OID } from '../../../src/asn1/oids.ts';
import {
  encodeCertificatePolicies,
  parseCertificatePolicies,
  readPolicyRules,
} from '../../../src/x509/certificate/certificate-policies.ts';

const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(' ', ''));
const extension = (oid: string, value: string) =>
  new Map([[oid, { critical: true, valueDer: hex(value) }]]);

describe('certificate policies', () => {
  it('are written as openssl writes them', () => {
    // certificatePolicies=2.5.29.32.0,1.2.3.4
    expect(encodeCertificatePolicies(['2.5.29.32.0', '1.2.3.4']).toHex()).toBe(
      '30180603551d200411300f30060604551d2000300506032a0304',
    );
  });

  it('are read without their qualifiers', () => {
    // One policy with a CPS pointer to http://a.
    const value = '3019 3017 06032a0304 3010 300e 06082b06010505070201 1602 6161';
    expect(parseCertificatePolicies(hex(value))).toEqual(['1.2.3.4']);
  });

  it.each([
    ['no policy', '3000'],
    ['one twice', '300e 3005 06032a0304 3005 06032a0304'],
    ['an empty list of qualifiers', '3009 3007 06032a0304 3000'],
    ['no OID', '3005 3003 020101'],
    ['an empty policy', '3002 3000'],
  ])('are refused with %s', (_what, value) => {
    expect(() => parseCertificatePolicies(hex(value))).toThrow(DerError);
  });
});

describe('readPolicyRules', () => {
  const NONE = {
    policies: null,
    requireExplicitPolicy: null,
    inhibitAnyPolicy: null,
    mappedPolicies: [],
  };

  it.each([
    [OID.policyConstraints, '3003 800102', { requireExplicitPolicy: 2 }],
    [OID.policyConstraints, '3006 800100 810101', { requireExplicitPolicy: 0 }],
    [OID.policyConstraints, '3003 810100', {}],
    [OID.inhibitAnyPolicy, '020105', { inhibitAnyPolicy: 5 }],
    [OID.inhibitAnyPolicy, '0205 00ffffffff', { inhibitAnyPolicy: 1000 }],
    [OID.policyMappings, '300c 300a 06032a0304 06032a0305', { mappedPolicies: ['1.2.3.4'] }],
    [OID.certificatePolicies, '3007 3005 06032a0304', { policies: ['1.2.3.4'] }],
    ['1.2.3', '05', {}],
  ])('%s %s', (oid, value, rules) => {
    expect(readPolicyRules(extension(oid, value))).toEqual({ ...NONE, ...rules });
  });

  it.each([
    [OID.policyConstraints, '3000'],
    [OID.policyConstraints, '3003 8001ff'],
    [OID.policyConstraints, '3006 810100 800100'],
    [OID.inhibitAnyPolicy, '0201ff'],
    [OID.inhibitAnyPolicy, '800100'],
    [OID.policyMappings, '3007 3005 06032a0304'],
  ])('refuses %s %s', (oid, value) => {
    expect(() => readPolicyRules(extension(oid, value))).toThrow(DerError);
  });
});

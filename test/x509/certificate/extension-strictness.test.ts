import { describe, expect, it } from 'vitest';
import { DerError } from '../../../src/asn1/der.ts';
import { OID } from '../../../src/asn1/oids.ts';
import { readPolicyRules } from '../../../src/x509/certificate/certificate-policies.ts';
import { readExtendedKeyUsages } from '../../../src/x509/certificate/extended-key-usages.ts';
import {
  type ExtensionMap,
  readAuthorityKeyIdentifier,
  readSubjectKeyIdentifier,
} from '../../../src/x509/certificate/extensions.ts';
import { parseSubjectAltName } from '../../../src/x509/names/general-names.ts';
import { readNameConstraints } from '../../../src/x509/path/name-constraints.ts';
import { hex } from '../lax-parts.ts';
import { refusalMessage } from '../refusal.ts';

const mapOf = (oid: string, valueHex: string): ExtensionMap =>
  new Map([[oid, { critical: false, valueDer: hex(valueHex) }]]);

function expectRefusal(read: () => unknown, reason: string): void {
  expect(read).toThrow(DerError);
  expect(read).toThrow(reason);
}

describe('the authority key identifier', () => {
  const read = (value: string) =>
    readAuthorityKeyIdentifier(mapOf(OID.authorityKeyIdentifier, value));
  const ISSUER = 'a112a410300e310c300a06035504030c03434121';

  it('is read with or without the other fields', () => {
    expect(read('300480020102')).toEqual(hex('0102'));
    expect(read(`301b80020102${ISSUER}820105`)).toEqual(hex('0102'));
    expect(read(`3017${ISSUER}820105`)).toBeNull();
    expect(read('3000')).toBeNull();
    expect(readAuthorityKeyIdentifier(new Map())).toBeNull();
  });

  it.each([
    ['fields in the wrong order', '300782010580020102', 'extra or misplaced'],
    ['the identifier twice', '30088002010280020102', 'extra or misplaced'],
    ['an extra element', '3006800201020500', 'extra or misplaced element (found tag 0x05)'],
    ['an empty list of names', '3002a100', 'authorityCertIssuer is empty'],
    ['bytes after it', '30048002010200', 'bytes after the element'],
    ['a SET', '310480020102', 'tag 0x31 where 0x30 belongs'],
  ])('is refused with %s', (_, value, reason) => expectRefusal(() => read(value), reason));
});

describe('the subject key identifier', () => {
  it.each([
    ['a BIT STRING', '03020001', 'tag 0x3 where 0x4 belongs'],
    ['bytes after it', '04010100', 'bytes after the element'],
  ])('is refused with %s', (_, value, reason) =>
    expectRefusal(() => readSubjectKeyIdentifier(mapOf(OID.subjectKeyIdentifier, value)), reason),
  );
});

describe('the extended key usage', () => {
  it.each([
    ['no purpose', '3000', 'ExtKeyUsageSyntax is empty'],
    ['an element that is no purpose', '300606022a030500', 'an item of the wrong type'],
    ['an arc of 2^49', '300c060a2a818080808080808000', 'arc of 2^49 or more'],
    ['a SET', '310406022a03', 'tag 0x31 where 0x30 belongs'],
  ])('is refused with %s', (_, value, reason) =>
    expectRefusal(() => readExtendedKeyUsages(mapOf(OID.extKeyUsage, value)), reason),
  );
});

describe('policy extensions', () => {
  it.each([
    ['certificatePolicies', 'no policy', '3000', 'CertificatePolicies is empty'],
    ['certificatePolicies', 'an extra element', '3008300606022a030500', 'extra or misplaced'],
    [
      'certificatePolicies',
      'an extra element after the qualifiers',
      '3014301206022a03300a300806022a040c0241420500',
      'extra or misplaced',
    ],
    [
      'certificatePolicies',
      'an extra element in a qualifier',
      '3014301206022a03300c300a06022a040c0241420500',
      'PolicyQualifierInfo has an extra or misplaced',
    ],
    [
      'certificatePolicies',
      'empty qualifiers',
      '3008300606022a033000',
      'policyQualifiers is empty',
    ],
    ['certificatePolicies', 'a policy twice', '300c300406022a03300406022a03', 'occurs twice'],
    ['policyConstraints', 'no constraint', '3000', 'without a constraint'],
    ['policyConstraints', 'fields in the wrong order', '3006810100800100', 'extra or misplaced'],
    ['policyConstraints', 'an extra element', '30058001000500', 'extra or misplaced'],
    ['policyConstraints', 'a negative number', '30038001ff', 'negative INTEGER'],
    ['policyConstraints', 'a negative second number', '30068001008101ff', 'negative'],
    ['policyMappings', 'no mapping', '3000', 'PolicyMappings is empty'],
    ['policyMappings', 'half a pair', '3006300406022a03', 'lacks its subjectDomainPolicy'],
    ['policyMappings', 'a third policy', '300e300c06022a0306022a0406022a05', 'extra or misplaced'],
    ['inhibitAnyPolicy', 'a negative number', '0201ff', 'negative INTEGER'],
    ['inhibitAnyPolicy', 'a zero too many', '02020001', 'INTEGER not minimal'],
    ['inhibitAnyPolicy', 'bytes after it', '02010100', 'bytes after the element'],
  ] as const)('refuses %s with %s', (name, _, value, reason) =>
    expectRefusal(() => readPolicyRules(mapOf(OID[name], value)), reason),
  );

  it('limits a number of skipped certificates of 2^63-1', () => {
    const { inhibitAnyPolicy } = readPolicyRules(
      mapOf(OID.inhibitAnyPolicy, '02087fffffffffffffff'),
    );
    expect(inhibitAnyPolicy).toBe(1000);
  });
});

describe('name constraints', () => {
  const DNS = '3003820161';
  it.each([
    ['no subtree', '3000', 'excludedSubtrees or both'],
    ['lists in the wrong order', `300ea105${DNS}a005${DNS}`, 'not a SEQUENCE with'],
    ['an extra element', `3009a005${DNS}0500`, 'not a SEQUENCE with'],
    ['an empty list', '3002a000', 'an empty list of subtrees'],
    ['an extra element in a subtree', '3009a00730058201610500', 'minimum'],
    ['a network of nine octets', '300fa00d300b8709000000000000000000', 'an address and a mask'],
  ])('are refused with %s', (_, value, reason) =>
    expectRefusal(() => readNameConstraints(mapOf(OID.nameConstraints, value)), reason),
  );
});

describe('the subject alternative name', () => {
  it.each([
    ['an IP address of five octets', '300787050a00000102', 'has 4 or 16 octets, not 5'],
    ['no name', '3000', 'It is empty'],
    ['bytes after it', '300382016100', 'bytes after the element'],
    ['a SET', '3103820161', 'tag 0x31 where 0x30 belongs'],
  ])('is refused with %s', (_, value, reason) => {
    const read = () => parseSubjectAltName(hex(value));
    expect(refusalMessage('invalid-subject-alt-name', read)).toContain(reason);
  });
});

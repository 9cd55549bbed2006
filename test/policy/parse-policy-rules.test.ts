import { describe, expect, it } from 'vitest';
import { parsePolicyRules } from '../../src/policy/parse-policy-rules.ts';

describe('parsePolicyRules', () => {
  it('fills in defaults that permit no name', () => {
    expect(parsePolicyRules({})).toEqual({
      authorities: 'any',
      profiles: 'any',
      issues: ['leaf'],
      dnsNames: [],
      ipRanges: [],
      emailDomains: [],
      uriPrefixes: [],
      subject: {},
      maxValiditySeconds: null,
      maxValidCertificates: null,
    });
  });

  it('gives names the form in which they are compared', () => {
    const rules = parsePolicyRules({
      dnsNames: [{ name: 'Example.COM', match: 'exact' }],
      ipRanges: [{ range: '2001:DB8:0::/32' }, { range: '10.0.0.5' }],
      emailDomains: ['.Example.com', 'EXAMPLE.org'],
      uriPrefixes: ['SPIFFE://Example.org/Ns'],
      subject: { o: ['Example'] },
    });
    expect(rules).toMatchObject({
      dnsNames: [{ name: 'example.com', match: 'exact', wildcards: false, acme: 'prove' }],
      ipRanges: [
        { range: '2001:db8::/32', acme: 'prove' },
        { range: '10.0.0.5/32', acme: 'prove' },
      ],
      emailDomains: ['.example.com', 'example.org'],
      uriPrefixes: ['spiffe://example.org/Ns'],
      subject: { O: ['Example'] },
    });
    expect(parsePolicyRules(structuredClone(rules))).toEqual(rules);
  });

  it('limits the number of entries and the size', () => {
    const names = (count: number, length: number) =>
      Array.from({ length: count }, (_, i) => `${'a'.repeat(length)}${i}`);
    const refuses = (raw: object, field: string) =>
      expect(() => parsePolicyRules(raw)).toThrow(expect.objectContaining({ field }));
    refuses({ authorities: names(501, 1) }, 'rules.authorities');
    refuses({ subject: { O: names(500, 200) } }, 'rules');
    parsePolicyRules({ authorities: names(500, 1) });
  });

  it.each([
    [null, 'rules'],
    [[], 'rules'],
    [{ dnsName: [] }, 'rules'],
    [{ authorities: 'default' }, 'rules.authorities'],
    [{ authorities: [''] }, 'rules.authorities[0]'],
    [{ profiles: [1] }, 'rules.profiles[0]'],
    [{ issues: 'any' }, 'rules.issues'],
    [{ issues: ['leaf', 'root'] }, 'rules.issues[1]'],
    [{ dnsNames: null }, 'rules.dnsNames'],
    [{ dnsNames: ['example.com'] }, 'rules.dnsNames[0]'],
    [{ dnsNames: [{ match: 'exact' }] }, 'rules.dnsNames[0].name'],
    [{ dnsNames: [{ name: '.example.com', match: 'exact' }] }, 'rules.dnsNames[0].name'],
    [{ dnsNames: [{ name: 'example.com.', match: 'exact' }] }, 'rules.dnsNames[0].name'],
    [{ dnsNames: [{ name: '*.example.com', match: 'exact' }] }, 'rules.dnsNames[0].name'],
    [{ dnsNames: [{ name: 'example.com' }] }, 'rules.dnsNames[0].match'],
    [
      { dnsNames: [{ name: 'a.test', match: 'exact', wildcards: true }] },
      'rules.dnsNames[0].wildcards',
    ],
    [
      { dnsNames: [{ name: 'a.test', match: 'any-depth', wildcards: 1 }] },
      'rules.dnsNames[0].wildcards',
    ],
    [{ dnsNames: [{ name: 'a.test', match: 'exact', acme: 'yes' }] }, 'rules.dnsNames[0].acme'],
    [{ dnsNames: [{ name: 'a.test', match: 'exact', acmes: 'prove' }] }, 'rules.dnsNames[0]'],
    [{ ipRanges: [{ range: '10.0.0.1/8' }] }, 'rules.ipRanges[0].range'],
    [{ ipRanges: [{ range: '10.0.0.0/33' }] }, 'rules.ipRanges[0].range'],
    [{ ipRanges: [{ range: '::ffff:10.0.0.0/104' }] }, 'rules.ipRanges[0].range'],
    [{ emailDomains: ['a@example.com'] }, 'rules.emailDomains[0]'],
    [{ emailDomains: ['..example.com'] }, 'rules.emailDomains[0]'],
    [{ uriPrefixes: ['urn:uuid:'] }, 'rules.uriPrefixes[0]'],
    [{ uriPrefixes: ['https://a.test/?x'] }, 'rules.uriPrefixes[0]'],
    [{ uriPrefixes: ['https://a@b.test/'] }, 'rules.uriPrefixes[0]'],
    [{ uriPrefixes: ['https://b.test/a/../b'] }, 'rules.uriPrefixes[0]'],
    [{ subject: [] }, 'rules.subject'],
    [{ subject: { CommonNames: 'any' } }, 'rules.subject'],
    [{ subject: { CN: 'any', cn: 'any' } }, 'rules.subject'],
    [{ subject: { emailAddress: 'any' } }, 'rules.subject'],
    [{ subject: { O: 'Example' } }, 'rules.subject.O'],
    [{ maxValiditySeconds: 0 }, 'rules.maxValiditySeconds'],
    [{ maxValiditySeconds: 1.5 }, 'rules.maxValiditySeconds'],
    [{ maxValidCertificates: -1 }, 'rules.maxValidCertificates'],
    [{ maxValidCertificates: '5' }, 'rules.maxValidCertificates'],
  ])('refuses %j and names %s', (raw, field) => {
    expect(() => parsePolicyRules(raw)).toThrow(
      expect.objectContaining({
        code: 'invalid-parameter',
        field,
        message: expect.stringContaining(`'${field}' `),
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { encodeNameFromText } from '../../../src/x509/names/names.ts';
import { type ConstrainedName, isPermitted } from '../../../src/x509/path/name-constraint-check.ts';
import { parseSubtreeText, type Subtree } from '../../../src/x509/path/name-constraint-forms.ts';

type Kind = 'dns' | 'ip' | 'email' | 'uri';

const CASES: readonly [kind: Kind, base: string, name: string, isWithin: boolean][] = [
  ['dns', 'example.com', 'example.com', true],
  ['dns', 'example.com', 'A.Example.COM', true],
  ['dns', 'Example.com', 'a.b.example.com', true],
  ['dns', 'example.com', '*.example.com', true],
  ['dns', 'example.com', 'badexample.com', false],
  ['dns', 'example.com', 'com', false],
  ['dns', 'example.com', 'example.com.org', false],
  ['dns', '.example.com', 'a.example.com', true],
  ['dns', '.example.com', 'example.com', false],
  ['dns', '', 'anything.example', true],
  ['ip', '10.0.0.0/8', '10.255.255.255', true],
  ['ip', '10.0.0.0/8', '11.0.0.0', false],
  ['ip', '192.0.2.128/25', '192.0.2.127', false],
  ['ip', '0.0.0.0/0', '192.0.2.1', true],
  ['ip', '0.0.0.0/0', '2001:db8::1', false],
  ['ip', '::/0', '192.0.2.1', false],
  ['ip', '2001:db8::/33', '2001:db8:7fff::1', true],
  ['ip', '2001:db8::/33', '2001:db8:8000::1', false],
  ['email', 'joe@example.com', 'joe@EXAMPLE.com', true],
  ['email', 'joe@example.com', 'Joe@example.com', false],
  ['email', 'joe@example.com', 'joe@a.example.com', false],
  ['email', 'example.com', 'joe@example.com', true],
  ['email', 'example.com', 'joe@a.example.com', false],
  ['email', '.example.com', 'joe@a.example.com', true],
  ['email', '.example.com', 'joe@example.com', false],
  ['uri', 'example.com', 'https://example.com/a', true],
  ['uri', 'example.com', 'https://EXAMPLE.com:8443/a:b', true],
  ['uri', 'example.com', 'https://a.example.com', false],
  ['uri', '.example.com', 'https://a.example.com/', true],
  ['uri', '.example.com', 'https://example.com/', false],
];

const directory = (text: string): ConstrainedName & Subtree => ({
  kind: 'directory',
  nameDer: encodeNameFromText(text),
});

describe('isPermitted', () => {
  it.each(CASES)('%s: base %s, name %s: within is %s', (kind, base, value, isWithin) => {
    const subtree = parseSubtreeText(kind, base);
    expect(isPermitted({ kind, value }, { permitted: [subtree], excluded: [] })).toBe(isWithin);
    expect(isPermitted({ kind, value }, { permitted: [], excluded: [subtree] })).toBe(!isWithin);
  });

  it('limits only the kinds of names that have subtrees', () => {
    const constraints = { permitted: [parseSubtreeText('dns', 'example.com')], excluded: [] };
    expect(isPermitted({ kind: 'ip', value: '192.0.2.1' }, constraints)).toBe(true);
    expect(isPermitted({ kind: 'email', value: 'joe@example.org' }, constraints)).toBe(true);
  });

  it('requires a permitted subtree and no excluded subtree', () => {
    const constraints = {
      permitted: [parseSubtreeText('dns', 'example.com'), parseSubtreeText('dns', 'example.org')],
      excluded: [parseSubtreeText('dns', 'secret.example.org')],
    };
    const isAllowed = (value: string) => isPermitted({ kind: 'dns', value }, constraints);
    expect(isAllowed('a.example.org')).toBe(true);
    expect(isAllowed('a.secret.example.org')).toBe(false);
    expect(isAllowed('example.net')).toBe(false);
  });

  it('treats a wildcard as every host that it covers', () => {
    const without = (base: string) => ({
      permitted: [],
      excluded: [parseSubtreeText('dns', base)],
    });
    const wildcard: ConstrainedName = { kind: 'dns', value: '*.example.com' };
    expect(isPermitted(wildcard, without('secret.example.com'))).toBe(false);
    expect(isPermitted(wildcard, without('a.secret.example.com'))).toBe(true);
    expect(isPermitted(wildcard, without('secret.example.org'))).toBe(true);
    const only = { permitted: [parseSubtreeText('dns', 'a.example.com')], excluded: [] };
    expect(isPermitted(wildcard, only)).toBe(false);
  });

  it.each([
    'urn:isbn:0451450523',
    'https://192.0.2.1/',
    'https://[2001:db8::1]/',
    'https://example.com@example.org/',
    'https://example.com?a=b',
    'https://example.com/a:b',
  ])('refuses a URI without a DNS host or with an ambiguous one: %s', (value) => {
    const subtree = parseSubtreeText('uri', 'example.net');
    expect(isPermitted({ kind: 'uri', value }, { permitted: [], excluded: [subtree] })).toBe(false);
    expect(isPermitted({ kind: 'uri', value }, { permitted: [], excluded: [] })).toBe(true);
  });

  it('refuses a name if a base of its kind other than DNS is empty', () => {
    const everything: Subtree = { kind: 'email', value: '' };
    const name: ConstrainedName = { kind: 'email', value: 'joe@example.com' };
    expect(isPermitted(name, { permitted: [everything], excluded: [] })).toBe(false);
    expect(isPermitted(name, { permitted: [], excluded: [everything] })).toBe(false);
  });

  it.each([
    ['O=Example,C=DE', 'CN=a,O=Example,C=DE', true],
    ['O=Example,C=DE', 'CN=a,O=  EXAMPLE ,C=de', true],
    ['O=Ex ample', 'O=ex   AMPLE', true],
    ['O=Example', 'O=Example', true],
    ['O=Example,C=DE', 'O=Example', false],
    ['O=Example', 'O=Example,C=DE', false],
    ['O=Example', 'O=Examples', false],
    ['O=É', 'O=é', false],
    ['O=a+OU=b', 'CN=c,OU=B+O=A', true],
    ['O=a', 'O=a+OU=b', false],
  ])('directoryName: base %s, name %s: within is %s', (base, name, isWithin) => {
    const subtree = directory(base.replaceAll('  ', '\\20 '));
    const subject = directory(name.replaceAll('=  EX', '=\\20 EX'));
    expect(isPermitted(subject, { permitted: [subtree], excluded: [] })).toBe(isWithin);
    expect(isPermitted(subject, { permitted: [], excluded: [subtree] })).toBe(!isWithin);
  });
});

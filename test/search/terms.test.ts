import { describe, expect, it } from 'vitest';
import { listTerms, listWords } from '../../src/search/terms.ts';

const DESCRIBED = {
  subject: 'CN=WWW.Corp.example,O=Müller & Söhne\\, GmbH,C=DE',
  altNames: [
    { kind: 'dns', value: 'www.corp.example' },
    { kind: 'ip', value: '10.0.0.5' },
    { kind: 'email', value: 'Alice@corp.example' },
  ],
  profile: 'tls-server',
  sha256Hex: 'ab',
} as const;

describe('listTerms', () => {
  it('has the words of the subject, every name, and each domain of a DNS name', () => {
    expect(listTerms(DESCRIBED)).toEqual([
      'profile:tls-server',
      'sha256:ab',
      'name:www.corp.example',
      'name:10.0.0.5',
      'name:alice@corp.example',
      'below:example',
      'below:corp.example',
      'name:müller',
      'name:söhne',
      'name:gmbh',
      'name:de',
    ]);
  });

  it('has every name and its domain, however long the subject and however deep the other names', () => {
    const subject = `O=${Array.from({ length: 500 }, (_, index) => `w${index}`).join(' ')}`;
    const deep = Array.from({ length: 99 }, (_, index) => `${'a.'.repeat(100)}x${index}.test`);
    const altNames = [...deep, 'login.bank.example'].map(
      (value) => ({ kind: 'dns', value }) as const,
    );
    const terms = listTerms({ ...DESCRIBED, subject, altNames });
    for (const { value } of altNames) expect(terms).toContain(`name:${value}`);
    expect(terms).toContain('below:bank.example');
    expect(terms).toContain('below:x98.test');
  });

  it('has no term for what is longer than any name', () => {
    const subject = `CN=${'a'.repeat(300)}`;
    expect(listTerms({ ...DESCRIBED, subject, altNames: [] })).not.toContainEqual(
      expect.stringContaining('aaa'),
    );
  });
});

describe('listWords', () => {
  it('does not depend on letter case or compatibility forms', () => {
    expect(listWords('ＷＷＷ.Corp.EXAMPLE, Stra\u00dfe')).toEqual(['www.corp.example', 'straße']);
  });

  it('finds none in punctuation', () => {
    expect(listWords('%&/ -- …')).toEqual([]);
  });
});

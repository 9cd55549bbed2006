import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CertificateFacts } from '../../src/policy/facts.ts';
import { judge, judgeIdentifier } from '../../src/policy/judge.ts';
import { parsePolicyRules } from '../../src/policy/parse-policy-rules.ts';

const LEAF: CertificateFacts = {
  authorityId: 'default',
  kind: 'leaf',
  profile: 'tls-server',
  subject: [],
  names: [],
  validitySeconds: 3600,
};

const EVERYTHING = {
  dnsNames: 'any',
  ipRanges: 'any',
  emailDomains: 'any',
  uriPrefixes: 'any',
  subject: 'any',
};

/** The rules that refuse, one for each finding. */
function refusals(raw: object, facts: Partial<CertificateFacts>): string[] {
  return judge(parsePolicyRules(raw), { ...LEAF, ...facts }).map(({ rule }) => rule);
}

function permits(raw: object, kind: string, value: string): boolean {
  return refusals(raw, { names: [{ kind, value }] }).length === 0;
}

describe('judge', () => {
  it('refuses every name if no rule names any', () => {
    const names = [
      { kind: 'dns', value: 'a.example.com' },
      { kind: 'ip', value: '10.0.0.1' },
      { kind: 'email', value: 'a@example.com' },
      { kind: 'uri', value: 'spiffe://example.org/a' },
    ];
    const subject = [{ type: 'O', value: 'Example' }];
    expect(refusals({}, { names, subject })).toEqual([
      'dnsNames',
      'ipRanges',
      'emailDomains',
      'uriPrefixes',
      'subject',
    ]);
    expect(refusals({}, {})).toEqual([]);
  });

  it('refuses every authority, profile and kind if the list is empty', () => {
    expect(refusals({ authorities: [], profiles: [], issues: [] }, {})).toEqual([
      'authorities',
      'issues',
      'profiles',
    ]);
  });

  it.each([
    [{ authorities: ['default'] }, { authorityId: 'default' }, []],
    [{ authorities: ['default'] }, { authorityId: 'other' }, ['authorities']],
    [
      { authorities: ['default'], issues: ['ca'] },
      { authorityId: null, kind: 'ca' },
      ['authorities'],
    ],
    [{ issues: ['ca'] }, {}, ['issues']],
    [{}, { kind: 'ca', profile: null }, ['issues']],
    [{ issues: ['ca'], profiles: ['tls-server'] }, { kind: 'ca', profile: null }, []],
    [{ profiles: ['tls-client'] }, {}, ['profiles']],
    [{ maxValiditySeconds: 3600 }, {}, []],
    [{ maxValiditySeconds: 3599 }, {}, ['maxValiditySeconds']],
  ] as const)('judges %j of %j', (rules, facts, expected) => {
    expect(refusals(rules, facts)).toEqual(expected);
  });

  it('names the rule, the name and the reason', () => {
    const rules = parsePolicyRules({ dnsNames: [{ name: 'example.com', match: 'exact' }] });
    expect(judge(rules, { ...LEAF, names: [{ kind: 'dns', value: 'example.org' }] })).toEqual([
      { rule: 'dnsNames', name: 'example.org', reason: 'is permitted by no rule' },
    ]);
  });

  it('refuses kinds of names that it does not know, unless every name is permitted', () => {
    expect(permits({ ...EVERYTHING, subject: {} }, 'otherName', 'x')).toBe(false);
    expect(permits(EVERYTHING, 'otherName', 'x')).toBe(true);
  });
});

describe('DNS names', () => {
  const of = (match: string, wildcards = false) => ({
    dnsNames: [{ name: 'example.com', match, ...(match === 'exact' ? {} : { wildcards }) }],
  });

  it.each([
    ['exact', 'example.com', true],
    ['exact', 'EXAMPLE.com', true],
    ['exact', 'a.example.com', false],
    ['exact', 'evilexample.com', false],
    ['exact', 'example.com.', false],
    ['exact', '*.example.com', false],
    ['one-label', 'example.com', false],
    ['one-label', 'a.example.com', true],
    ['one-label', 'A.Example.COM', true],
    ['one-label', 'a.b.example.com', false],
    ['one-label', 'evilexample.com', false],
    ['one-label', 'a.evilexample.com', false],
    ['one-label', '.example.com', false],
    ['one-label', 'a.example.com.', false],
    ['one-label', 'a.example.com.evil', false],
    ['any-depth', 'example.com', false],
    ['any-depth', 'a.example.com', true],
    ['any-depth', 'a.b.c.example.com', true],
    ['any-depth', 'evilexample.com', false],
    ['any-depth', 'example.com.evil', false],
    ['any-depth', 'a..example.com', false],
    ['any-depth', 'a b.example.com', false],
    ['any-depth', '*.example.com', false],
  ])('%s permits %s: %s', (match, name, expected) => {
    expect(permits(of(match), 'dns', name)).toBe(expected);
  });

  it.each([
    ['one-label', '*.example.com', true],
    ['one-label', '*.EXAMPLE.com', true],
    ['one-label', '*.a.example.com', false],
    ['one-label', '*.com', false],
    ['one-label', '*.evilexample.com', false],
    ['one-label', 'a.*.example.com', false],
    ['one-label', 'a*.example.com', false],
    ['one-label', '*', false],
    ['any-depth', '*.example.com', true],
    ['any-depth', '*.a.b.example.com', true],
    ['any-depth', '*.com', false],
    ['any-depth', '*.*.example.com', false],
  ])('%s with wildcards permits %s: %s', (match, name, expected) => {
    expect(permits(of(match, true), 'dns', name)).toBe(expected);
  });

  it('says that only the wildcard is too much', () => {
    const rules = parsePolicyRules(of('one-label'));
    expect(judgeIdentifier(rules, { type: 'dns', value: '*.example.com' })).toEqual({
      refused: 'has a wildcard, which its rule does not permit',
    });
  });

  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9]{0,8}[a-z0-9])?$/);

  it('permit below a domain exactly what ends with it at a label', () => {
    const labels = fc.array(label, { minLength: 1, maxLength: 4 });
    const given = fc.tuple(labels, fc.constantFrom('', 'evil', 'a.', 'x.y.'), fc.boolean());
    fc.assert(
      fc.property(given, ([parts, before, isCut]) => {
        const domain = `${parts.join('.')}.test`;
        const name = `${before}${isCut ? domain.slice(1) : domain}`;
        const rules = { dnsNames: [{ name: domain, match: 'any-depth' }] };
        const [asked, base] = [name.split('.'), domain.split('.')];
        const expected =
          asked.length > base.length && base.every((each, i) => each === asked.at(i - base.length));
        const isName = asked.every((each) => each !== '');
        expect(permits(rules, 'dns', name)).toBe(isName && expected);
      }),
    );
  });

  it('permit a wildcard only if they permit every name that it stands for', () => {
    const rule = fc.record({
      name: fc.constantFrom('example.com', 'b.example.com', 'com', 'evilexample.com'),
      match: fc.constantFrom('one-label', 'any-depth'),
      wildcards: fc.constant(true),
    });
    const domain = fc.constantFrom(
      'com',
      'example.com',
      'a.example.com',
      'b.example.com',
      'x.b.example.com',
    );
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 3 }), domain, label, (dnsNames, base, any) => {
        fc.pre(permits({ dnsNames }, 'dns', `*.${base}`));
        expect(permits({ dnsNames }, 'dns', `${any}.${base}`)).toBe(true);
      }),
    );
  });
});

describe('IP addresses', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0', true],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '9.255.255.255', false],
    ['10.0.0.128/25', '10.0.0.127', false],
    ['10.0.0.128/25', '10.0.0.129', true],
    ['10.0.0.5', '10.0.0.5', true],
    ['10.0.0.5', '10.0.0.4', false],
    ['0.0.0.0/0', '255.1.2.3', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '10.0.0.1', false],
    ['::/0', '::ffff:10.0.0.1', false],
    ['0.0.0.0/0', '::ffff:10.0.0.1', false],
    ['10.0.0.0/8', '::ffff:a00:1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['2001:db8::/32', '2001:DB8:0:0::1', true],
    ['10.0.0.0/8', '010.0.0.1', false],
    ['10.0.0.0/8', '10.1', false],
    ['10.0.0.0/8', '10.0.0.1.evil', false],
  ])('%s permits %s: %s', (range, address, expected) => {
    expect(permits({ ipRanges: [{ range }] }, 'ip', address)).toBe(expected);
  });

  it('are permitted exactly if their first bits are those of the range', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    const toText = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 0xff).join('.');
    fc.assert(
      fc.property(
        word,
        word,
        fc.integer({ min: 0, max: 32 }),
        fc.boolean(),
        (a, b, length, near) => {
          const keep = (n: number) =>
            (length === 0 ? 0 : (n >>> (32 - length)) << (32 - length)) >>> 0;
          const asked = near ? (keep(a) | (b & ~keep(0xffffffff))) >>> 0 : b;
          const ipRanges = [{ range: `${toText(keep(a))}/${length}` }];
          expect(permits({ ipRanges }, 'ip', toText(asked))).toBe(keep(asked) === keep(a));
        },
      ),
    );
  });
});

describe('e-mail addresses', () => {
  it.each([
    ['example.com', 'a@example.com', true],
    ['example.com', 'A.B+c@EXAMPLE.com', true],
    ['example.com', 'a@sub.example.com', false],
    ['example.com', 'a@evilexample.com', false],
    ['example.com', 'a@example.com.', false],
    ['example.com', 'a@example.com@evil.test', false],
    ['example.com', 'example.com@evil.test', false],
    ['example.com', 'example.com', false],
    ['example.com', '"a@evil.test"@example.com', false],
    ['.example.com', 'a@example.com', false],
    ['.example.com', 'a@x.y.example.com', true],
    ['.example.com', 'a@evilexample.com', false],
  ])('%s permits %s: %s', (domain, address, expected) => {
    expect(permits({ emailDomains: [domain] }, 'email', address)).toBe(expected);
  });
});

describe('URIs', () => {
  it.each([
    ['https://a.example.com', 'https://a.example.com', true],
    ['https://a.example.com', 'https://a.example.com/x/y', true],
    ['https://a.example.com', 'HTTPS://A.example.com/x', true],
    ['https://a.example.com/', 'https://a.example.com.evil/', false],
    ['https://a.example.com', 'https://a.example.com.evil/', false],
    ['https://a.example.com', 'https://a.example.com:8443/', false],
    ['https://a.example.com:8443', 'https://a.example.com:8443/x', true],
    ['https://a.example.com', 'https://a.example.com@evil.test/', false],
    ['https://a.example.com', 'https://user@a.example.com/', false],
    ['https://a.example.com', 'http://a.example.com/', false],
    ['https://a.example.com/', 'https://a.example.com', false],
    ['spiffe://example.org/ns/prod', 'spiffe://example.org/ns/prod', true],
    ['spiffe://example.org/ns/prod', 'spiffe://example.org/ns/prod/sa/web', true],
    ['spiffe://example.org/ns/prod', 'spiffe://example.org/ns/production', false],
    ['spiffe://example.org/ns/prod', 'spiffe://example.org/ns/Prod', false],
    ['spiffe://example.org/ns/prod', 'spiffe://example.org/ns/prod/../dev', false],
    ['spiffe://example.org/ns/prod', 'spiffe://example.org/ns/prod/./x', false],
    ['spiffe://example.org/ns/prod', 'spiffe://example.org/ns/prod/%2e%2e/dev', false],
    ['spiffe://example.org/ns/prod', 'spiffe://example.org/ns/prod%2f', false],
    ['https://h.test/a', 'https://h.test/a?b=%20c#d', true],
    ['https://h.test/a', 'https://h.test/?x=/a', false],
    ['https://h.test/a', 'urn:uuid:1', false],
    ['https://h.test/a/', 'https://h.test/a/b', true],
    ['https://h.test/a/', 'https://h.test/a', false],
  ])('%s permits %s: %s', (prefix, uri, expected) => {
    expect(permits({ uriPrefixes: [prefix] }, 'uri', uri)).toBe(expected);
  });
});

describe('subjects', () => {
  const cn = (value: string) => ({ subject: [{ type: 'CN', value }] });
  const hosts = { dnsNames: [{ name: 'example.com', match: 'one-label' }] };

  it.each([
    ['www.example.com', []],
    ['www.example.com.', []],
    ['www.example.org', ['dnsNames']],
    ['*.example.com', ['dnsNames']],
    ['10.0.0.1', ['ipRanges']],
    ['[2001:db8::1]', ['ipRanges']],
    ['localhost', ['dnsNames']],
    ['www.example.com:443', ['dnsNames']],
    ['https://www.example.com', ['dnsNames']],
    ['ｗｗｗ。example.org', ['dnsNames']],
    ['www\u2024example\u2024org', ['dnsNames']],
    ['\uff11\uff10.0.0.1', ['dnsNames']],
    ['Alice', []],
  ])('judge the CN %s as a host, also if every subject is permitted', (value, expected) => {
    expect(refusals({ ...hosts, subject: 'any' }, cn(value))).toEqual(expected);
    expect(refusals({ ...hosts, subject: { CN: 'any' } }, cn(value))).toEqual(expected);
  });

  it('permit a CN that is an alternative name of the certificate', () => {
    const names = [
      { kind: 'dns', value: 'WWW.example.com' },
      { kind: 'ip', value: '2001:db8::1' },
    ];
    const rules = { ...hosts, ipRanges: [{ range: '2001:db8::/32' }] };
    expect(refusals(rules, { names, ...cn('www.EXAMPLE.com') })).toEqual([]);
    expect(refusals(rules, { names, ...cn('2001:db8:0::1') })).toEqual([]);
    expect(refusals(rules, { names, ...cn('other') })).toEqual(['subject']);
    const kelvin = [{ kind: 'dns', value: 'k.example.com' }];
    expect(refusals(rules, { names: kelvin, ...cn('\u212a.example.com') })).toEqual(['dnsNames']);
  });

  it('do not permit a CN because an alternative name that is refused equals it', () => {
    const names = [{ kind: 'dns', value: 'www.example.org' }];
    expect(refusals(hosts, { names, ...cn('www.example.org') })).toEqual(['dnsNames']);
  });

  it('judge every CN', () => {
    const subject = ['www.example.org', 'www.example.com'].map((value) => ({ type: 'CN', value }));
    expect(refusals({ ...hosts, subject: 'any' }, { subject })).toEqual(['dnsNames']);
  });

  it('judge emailAddress as an e-mail address', () => {
    const subject = [{ type: 'emailAddress', value: 'a@example.org' }];
    expect(refusals({ subject: 'any' }, { subject })).toEqual(['emailDomains']);
    expect(refusals({ emailDomains: ['example.org'] }, { subject })).toEqual([]);
  });

  it('compare values exactly and refuse attributes without a rule', () => {
    const rules = { subject: { O: ['Example Ltd'], C: 'any' } };
    const of = (type: string, value: string | null) =>
      refusals(rules, { subject: [{ type, value }] });
    expect(of('O', 'Example Ltd')).toEqual([]);
    expect(of('O', 'example ltd')).toEqual(['subject']);
    expect(of('C', 'CN')).toEqual([]);
    expect(of('OU', 'x')).toEqual(['subject']);
    expect(of('2.5.4.99', 'x')).toEqual(['subject']);
    expect(of('constructor', 'x')).toEqual(['subject']);
    expect(of('C', null)).toEqual(['subject']);
  });

  it('refuse what is not text, unless every name is permitted', () => {
    const subject = [{ type: 'CN', value: null }];
    expect(refusals({ subject: 'any' }, { subject })).toEqual(['subject']);
    expect(refusals(EVERYTHING, { subject })).toEqual([]);
  });

  it('permit everything if everything is any', () => {
    const facts = { names: [{ kind: 'dns', value: 'a.test' }], ...cn('https://a.test') };
    expect(refusals(EVERYTHING, facts)).toEqual([]);
  });
});

describe('judgeIdentifier', () => {
  const rules = parsePolicyRules({
    dnsNames: [
      { name: 'example.com', match: 'any-depth' },
      { name: 'corp.example.com', match: 'one-label', wildcards: true, acme: 'pre-authorized' },
    ],
    ipRanges: [{ range: '10.0.0.0/8', acme: 'pre-authorized' }, { range: '0.0.0.0/0' }],
  });

  it.each([
    ['dns', 'a.example.com', 'prove'],
    ['dns', 'a.corp.example.com', 'pre-authorized'],
    ['dns', '*.corp.example.com', 'pre-authorized'],
    ['ip', '10.0.0.5', 'pre-authorized'],
    ['ip', '192.0.2.1', 'prove'],
  ] as const)('asks for %s %s: %s', (type, value, expected) => {
    expect(judgeIdentifier(rules, { type, value })).toBe(expected);
  });

  it.each([
    ['dns', 'example.org', 'is permitted by no rule'],
    ['dns', 'a.corp.example.com.', 'must not end with a dot'],
    ['ip', '2001:db8::1', 'is permitted by no rule'],
    ['ip', 'a.example.com', 'is not an IP address'],
  ] as const)('refuses %s %s', (type, value, refused) => {
    expect(judgeIdentifier(rules, { type, value })).toEqual({ refused });
  });

  it("never pre-authorizes by 'any'", () => {
    const all = parsePolicyRules(EVERYTHING);
    expect(judgeIdentifier(all, { type: 'dns', value: 'a.test' })).toBe('prove');
    expect(judgeIdentifier(all, { type: 'ip', value: '10.0.0.1' })).toBe('prove');
  });
});

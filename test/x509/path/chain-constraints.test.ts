import { describe, expect, it } from 'vitest';
import { encodeElement, encodeSequence, TAG } from '../../../src/asn1/der.ts';
import { OID } from '../../../src/asn1/oids.ts';
import { SignetError } from '../../../src/errors.ts';
import type { Certificate } from '../../../src/x509/certificate/certificate.ts';
import { encodeCertificatePolicies } from '../../../src/x509/certificate/certificate-policies.ts';
import { parseExtendedKeyUsage } from '../../../src/x509/certificate/extended-key-usages.ts';
import {
  encodeBasicConstraints,
  encodeExtension,
  encodeKeyUsage,
} from '../../../src/x509/certificate/extensions.ts';
import { checkIssuance, type IssuanceSubject } from '../../../src/x509/path/chain-constraints.ts';
import { parseSubtreeText } from '../../../src/x509/path/name-constraint-forms.ts';
import type { NameConstraints } from '../../../src/x509/path/name-constraints.ts';
import {
  makeAuthority,
  makeChain,
  makeLeaf,
  makeSubordinate,
  NOT_AFTER,
  NOT_BEFORE,
} from './make-chain.ts';

/** Returns `field: message` of a refusal by a constraint, or "accepted". */
function judge(chain: readonly Certificate[], subject: IssuanceSubject): string {
  try {
    checkIssuance(chain, subject);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof SignetError) || error.code !== 'constraint-violated') throw error;
    return `${error.field}: ${error.message}`;
  }
}

const only = (...bases: readonly string[]): NameConstraints => ({
  permitted: bases.map((base) => parseSubtreeText('dns', base)),
  excluded: [],
});
const dns = (value: string) => ({ kind: 'dns', value }) as const;

describe('checkIssuance: authority', () => {
  it('accepts everything without constraints', () => {
    expect(judge(makeChain({}), makeLeaf())).toBe('accepted');
    expect(judge(makeChain({}, {}), makeSubordinate({ pathLenConstraint: 3 }))).toBe('accepted');
  });

  it.each([
    ['CA:TRUE', [encodeBasicConstraints(false), encodeKeyUsage(['keyCertSign'])]],
    ['CA:TRUE', [encodeKeyUsage(['keyCertSign'])]],
    ['keyCertSign', [encodeBasicConstraints(true), encodeKeyUsage(['cRLSign'])]],
  ])('refuses a chain with a certificate that lacks %s', (missing, extensionsDer) => {
    expect(judge(makeChain({}, { extensionsDer }), makeLeaf())).toContain(missing);
    expect(judge(makeChain({}, { extensionsDer }, {}), makeLeaf())).toMatch(
      /^authority: .*"CN=CA 1"/,
    );
  });

  it('refuses everything below a constraint that it cannot read', () => {
    const broken = encodeExtension(OID.nameConstraints, true, encodeSequence());
    const chain = makeChain({ otherExtensionsDer: [broken] }, {});
    expect(judge(chain, makeLeaf())).toMatch(/^authority: The authority "CN=CA 0" must not issue/);
  });

  it('refuses a CA that has the name of its issuer, in any spelling', () => {
    const chain = makeChain({}, {});
    expect(judge(chain, makeSubordinate({ subject: 'CN=ca  1' }))).toContain('self-issued');
    expect(judge(chain, makeSubordinate({ subject: 'CN=CA 2' }))).toBe('accepted');
  });

  it('refuses a CA without a name', () => {
    const subject = makeSubordinate({ subjectDer: encodeSequence() });
    expect(() => checkIssuance(makeChain({}), subject)).toThrow(/needs a subject name/);
  });
});

describe('checkIssuance: path length', () => {
  it.each([
    ['a leaf', [0], makeLeaf(), true],
    ['a CA', [0], makeSubordinate(), false],
    ['a CA with path length 0', [1], makeSubordinate({ pathLenConstraint: 0 }), true],
    ['a CA with path length 1', [1], makeSubordinate({ pathLenConstraint: 1 }), false],
    ['a CA without a path length', [1], makeSubordinate(), true],
    ['a CA', [1, null], makeSubordinate(), false],
    ['a CA with path length 0', [2, 1], makeSubordinate({ pathLenConstraint: 0 }), true],
    ['a CA with path length 0', [2, 5], makeSubordinate({ pathLenConstraint: 0 }), true],
    ['a CA with path length 1', [2, 5], makeSubordinate({ pathLenConstraint: 1 }), false],
    ['a leaf', [0, null], makeLeaf(), false],
  ])('judges %s below CAs with path lengths %j', (_what, lengths, subject, isAllowed) => {
    const [root = null, ...below] = lengths;
    const chain = makeChain(
      { pathLenConstraint: root },
      ...below.map((pathLenConstraint) => ({ pathLenConstraint })),
    );
    const verdict = judge(chain, subject);
    if (isAllowed) expect(verdict).toBe('accepted');
    else expect(verdict).toMatch(/^pathLenConstraint: The authority "CN=CA 0"/);
  });

  it('does not count self-issued CAs', () => {
    const root = makeAuthority('CN=CA', 'CN=CA', { pathLenConstraint: 1 });
    const renewed = makeAuthority('CN=CA', 'CN=CA');
    expect(judge([renewed, root], makeSubordinate())).toBe('accepted');
    expect(judge([makeAuthority('CN=B', 'CN=CA'), renewed, root], makeSubordinate())).toMatch(
      /^pathLenConstraint/,
    );
  });

  it('is refused in a leaf', () => {
    const subject = makeLeaf({ pathLenConstraint: 0 });
    expect(() => checkIssuance(makeChain({}), subject)).toThrow(/Only a CA may have a path length/);
  });
});

describe('checkIssuance: validity', () => {
  it.each([
    ['is the same as', {}, 'accepted'],
    ['ends a second after', { notAfterSeconds: NOT_AFTER + 1 }, '2036-01-01T00:00:00Z'],
    ['begins a second before', { notBeforeSeconds: NOT_BEFORE - 1 }, '2026-01-01T00:00:00Z'],
  ])('is judged if it %s that of the issuer', (_what, times, verdict) => {
    expect(judge(makeChain({}), makeLeaf(times))).toContain(verdict);
  });

  it('must also be within that of the root', () => {
    const chain = makeChain({ notAfterSeconds: NOT_AFTER - 1 }, {});
    expect(judge(chain, makeLeaf())).toMatch(/^validity: .*"CN=CA 0".*2035-12-31T23:59:59Z/);
  });

  it('is refused if it ends before it begins', () => {
    const subject = makeLeaf({ notBeforeSeconds: NOT_BEFORE + 9, notAfterSeconds: NOT_BEFORE + 8 });
    expect(() => checkIssuance(makeChain({}), subject)).toThrow(/ends before it begins/);
  });
});

describe('checkIssuance: extended key usages', () => {
  it.each([
    ['serverAuth', 'serverAuth', true],
    ['serverAuth clientAuth', 'clientAuth', true],
    ['serverAuth', 'serverAuth clientAuth', false],
    ['serverAuth', 'any', false],
    ['any', '1.3.6.1.5.5.7.3.17', true],
    ['any', 'codeSigning any', true],
    // openssl -purpose sslserver does not accept anyExtendedKeyUsage.
    ['any', 'serverAuth', false],
    ['any serverAuth', 'serverAuth', true],
  ])('a CA with %s, certifying %s: accepted is %s', (allowed, asked, isAllowed) => {
    const parse = (list: string) => list.split(' ').map(parseExtendedKeyUsage);
    const below = makeChain({}, { extendedKeyUsages: parse(allowed) }, {});
    for (const subject of [makeLeaf(), makeSubordinate()]) {
      const verdict = judge(below, { ...subject, extendedKeyUsages: parse(asked) });
      if (isAllowed) expect(verdict).toBe('accepted');
      else expect(verdict).toMatch(/^extendedKeyUsages: The authority "CN=CA 1"/);
    }
  });

  it('may be left out in a CA, but not in a leaf', () => {
    const chain = makeChain({ extendedKeyUsages: [parseExtendedKeyUsage('serverAuth')] });
    expect(judge(chain, makeSubordinate())).toBe('accepted');
    expect(judge(chain, makeLeaf())).toContain('limited to serverAuth: request at least one');
  });
});

describe('checkIssuance: names', () => {
  it('are limited by every CA above', () => {
    const chain = makeChain(
      { nameConstraints: only('example.com') },
      { nameConstraints: only('a.example.com', 'example.org') },
      {},
    );
    const verdict = (name: string) => judge(chain, makeLeaf({ subjectAltNames: [dns(name)] }));
    expect(verdict('b.a.example.com')).toBe('accepted');
    expect(verdict('b.example.com')).toMatch(/^subjectAltName: The authority "CN=CA 1"/);
    expect(verdict('example.org')).toMatch(/^subjectAltName: The authority "CN=CA 0"/);
  });

  it('of a new CA are checked like those of a leaf', () => {
    const chain = makeChain({ nameConstraints: only('example.com') });
    const subject = makeSubordinate({ subjectAltNames: [dns('example.org')] });
    expect(judge(chain, subject)).toMatch(/^subjectAltName/);
  });

  it('in the constraints of a new CA need not be permitted', () => {
    const nameConstraints = only('example.org');
    const chain = makeChain({ nameConstraints: only('example.com') });
    expect(judge(chain, makeSubordinate({ nameConstraints }))).toBe('accepted');
  });

  it('in a commonName count if the subjectAltName has no DNS name', () => {
    const chain = makeChain({ nameConstraints: only('example.com') });
    const verdict = (subject: string, ...names: string[]) =>
      judge(chain, makeLeaf({ subject, subjectAltNames: names.map(dns) }));
    expect(verdict('CN=www.example.org')).toMatch(/^subject: .*"www.example.org"/);
    expect(verdict('CN=www.example.com')).toBe('accepted');
    expect(verdict('CN=192.0.2.1')).toMatch(/^subject/);
    expect(verdict('CN=Joe A. Smith')).toBe('accepted');
    expect(verdict('CN=www.example.org', 'www.example.com')).toBe('accepted');
  });

  it.each([
    ['a dot at its end', 'CN=www.example.org.', 'dns', 'example.org'],
    ['U-labels', 'CN=www.b\u00fccher.example', 'dns', 'xn--bcher-kva.example'],
    ['an IPv6 address in brackets', 'CN=[2001:db8::1]', 'ip', '2001:db8::/32'],
    ['an IPv4 address', 'CN=10.1.2.3', 'ip', '10.0.0.0/8'],
    ['an e-mail address with a dot at its end', 'emailAddress=a@b.test.', 'email', 'b.test'],
  ] as const)('in the subject are excluded with %s', (_, subject, kind, base) => {
    const nameConstraints = { permitted: [], excluded: [parseSubtreeText(kind, base)] };
    const subjectAltNames = [{ kind: 'uri', value: 'urn:a' } as const];
    const verdict = judge(makeChain({ nameConstraints }), makeLeaf({ subject, subjectAltNames }));
    expect(verdict).toMatch(/^subject: .* is among the excluded names/);
  });

  it('in an emailAddress of the subject always count', () => {
    const email = { kind: 'email', value: 'joe@example.com' } as const;
    const nameConstraints = { permitted: [parseSubtreeText('email', 'example.com')], excluded: [] };
    const verdict = (subject: string) =>
      judge(makeChain({ nameConstraints }), makeLeaf({ subject, subjectAltNames: [email] }));
    expect(verdict('emailAddress=joe@example.org')).toMatch(/^subject: .*"joe@example.org"/);
    expect(verdict('emailAddress=joe')).toMatch(/^subject/);
    expect(verdict('emailAddress=joe@example.com')).toBe('accepted');
  });

  it('are refused in an emailAddress that is not an IA5String', () => {
    const oid = Uint8Array.fromHex('06092a864886f70d010901');
    const value = encodeElement(TAG.utf8String, new TextEncoder().encode('joe@example.com'));
    const subjectDer = encodeSequence(encodeElement(TAG.set, encodeSequence(oid, value)));
    const chain = makeChain({ nameConstraints: only('example.com') });
    expect(judge(chain, makeLeaf({ subjectDer }))).toContain('cannot be compared');
  });

  it('of the kind directoryName limit the subject, if it is not empty', () => {
    const nameDer = makeLeaf({ subject: 'O=Example' }).subjectDer;
    const chain = makeChain({
      nameConstraints: { permitted: [{ kind: 'directory', nameDer }], excluded: [] },
    });
    expect(judge(chain, makeLeaf({ subject: 'CN=a,O=example' }))).toBe('accepted');
    expect(judge(chain, makeLeaf({ subject: 'CN=a,O=Other' }))).toMatch(/^subject/);
    expect(judge(chain, makeLeaf({ subjectDer: encodeSequence() }))).toBe('accepted');
  });
});

describe('checkIssuance: policies', () => {
  const A = '1.3.6.1.4.1.32473.1.1';
  const B = '1.3.6.1.4.1.32473.1.2';
  const ANY = '2.5.29.32.0';
  const policies = (...oids: string[]) => ({ policiesDer: encodeCertificatePolicies(oids) });
  const required = (skip: number) => ({
    otherExtensionsDer: [
      encodeExtension(OID.policyConstraints, true, Uint8Array.of(0x30, 3, 0x80, 1, skip)),
    ],
  });
  const inhibited = (skip: number) => ({
    otherExtensionsDer: [encodeExtension(OID.inhibitAnyPolicy, true, Uint8Array.of(2, 1, skip))],
  });

  it.each([
    ['no policy below A', [{}, policies(A)], null, true],
    ['A below A', [{}, policies(A)], [A], true],
    ['B below A', [{}, policies(A)], [B], false],
    ['A and B below A', [{}, policies(A)], [A, B], false],
    ['any below A', [{}, policies(A)], [ANY], false],
    ['B below any', [{}, policies(ANY)], [B], true],
    ['B below any below A', [{}, policies(A), policies(ANY)], [B], false],
    ['A below a root with B', [policies(B), policies(A)], [A], false],
    ['no policy if one is required', [{}, { ...policies(A), ...required(0) }], null, false],
    ['no policy if one is required next', [{}, { ...policies(A), ...required(1) }], null, false],
    ['no policy if one is required later', [{}, { ...policies(A), ...required(2) }], null, true],
    ['A if one is required', [{}, { ...policies(A), ...required(0) }], [A], true],
    ['A below a CA without policies if one is required', [required(0), {}], [A], false],
    ['any below any if one is required', [required(0), policies(A, ANY)], [ANY], true],
    ['A below any if one is required', [required(0), policies(ANY)], [A], true],
    ['any if it is inhibited', [inhibited(0), policies(ANY)], [ANY], false],
    ['any if it is inhibited later', [inhibited(2), policies(ANY)], [ANY], true],
    [
      'A below any if any is inhibited and a policy is required',
      [
        {
          otherExtensionsDer: [
            ...required(0).otherExtensionsDer,
            ...inhibited(0).otherExtensionsDer,
          ],
        },
        policies(ANY),
      ],
      [A],
      false,
    ],
  ])('judges %s', (_what, authorities, asked, isAllowed) => {
    const [root = {}, ...below] = authorities;
    const verdict = judge(makeChain(root, ...below), makeLeaf({ policies: asked }));
    if (isAllowed) expect(verdict).toBe('accepted');
    else expect(verdict).toMatch(/^policies: The authority "CN=CA \d" does not allow this/);
  });

  it('are required in a CA if they are required in all certificates below it', () => {
    const chain = makeChain({}, { ...policies(A), ...required(2) });
    expect(judge(chain, makeSubordinate())).toMatch(/^policies: .*requireExplicitPolicy/);
    expect(judge(chain, makeSubordinate({ policies: [A] }))).toBe('accepted');
    expect(judge(makeChain(required(3)), makeSubordinate())).toBe('accepted');
  });

  it('are no longer valid below a CA that maps them to others', () => {
    const pair = encodeSequence(
      ...[1, 2].map((last) =>
        Uint8Array.fromHex(`060a2b0601040181fd5901${last === 1 ? '01' : '02'}`),
      ),
    );
    const mapping = encodeExtension(OID.policyMappings, true, encodeSequence(pair));
    const chain = makeChain(required(0), { ...policies(A), otherExtensionsDer: [mapping] });
    expect(judge(chain, makeLeaf({ policies: [A] }))).toMatch(/^policies: .*requireExplicitPolicy/);
  });
});

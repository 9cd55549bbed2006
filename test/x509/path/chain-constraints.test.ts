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

/** `field: message` of a refusal by a constraint, or "accepted". */
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
  it('lets everything pass that nothing limits', () => {
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

  it('refuses all below a constraint that it cannot read', () => {
    const broken = encodeExtension(OID.nameConstraints, true, encodeSequence());
    const chain = makeChain({ otherExtensionsDer: [broken] }, {});
    expect(judge(chain, makeLeaf())).toMatch(/^authority: Nothing may be issued below "CN=CA 0"/);
  });

  it('refuses a CA that has the name of its issuer, however it is written', () => {
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
    ['a leaf below 0', [0], makeLeaf(), true],
    ['a CA below 0', [0], makeSubordinate(), false],
    ['a CA with 0 below 1', [1], makeSubordinate({ pathLenConstraint: 0 }), true],
    ['a CA with 1 below 1', [1], makeSubordinate({ pathLenConstraint: 1 }), false],
    ['a CA without a limit below 1', [1], makeSubordinate(), true],
    ['a CA below 1 and one without limit', [1, null], makeSubordinate(), false],
    ['a CA with 0 below 2 and 1', [2, 1], makeSubordinate({ pathLenConstraint: 0 }), true],
    ['a CA with 0 below 2 and 5', [2, 5], makeSubordinate({ pathLenConstraint: 0 }), true],
    ['a CA with 1 below 2 and 5', [2, 5], makeSubordinate({ pathLenConstraint: 1 }), false],
    ['a leaf below 0 and a CA', [0, null], makeLeaf(), false],
  ])('%s', (_what, lengths, subject, isAllowed) => {
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

  it('has no place in a leaf', () => {
    const subject = makeLeaf({ pathLenConstraint: 0 });
    expect(() => checkIssuance(makeChain({}), subject)).toThrow(/for CAs alone/);
  });
});

describe('checkIssuance: validity', () => {
  it.each([
    ['the same', {}, 'accepted'],
    ['a second longer', { notAfterSeconds: NOT_AFTER + 1 }, '2036-01-01T00:00:00Z'],
    ['a second earlier', { notBeforeSeconds: NOT_BEFORE - 1 }, '2026-01-01T00:00:00Z'],
  ])('%s', (_what, times, verdict) => {
    expect(judge(makeChain({}), makeLeaf(times))).toContain(verdict);
  });

  it('lies within the root’s too', () => {
    const chain = makeChain({ notAfterSeconds: NOT_AFTER - 1 }, {});
    expect(judge(chain, makeLeaf())).toMatch(/^validity: .*"CN=CA 0".*2035-12-31T23:59:59Z/);
  });

  it('is not reversed', () => {
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
    // openssl -purpose sslserver does not take any for it.
    ['any', 'serverAuth', false],
    ['any serverAuth', 'serverAuth', true],
  ])('a CA for %s and one for %s: %s', (allowed, asked, isAllowed) => {
    const parse = (list: string) => list.split(' ').map(parseExtendedKeyUsage);
    const below = makeChain({}, { extendedKeyUsages: parse(allowed) }, {});
    for (const subject of [makeLeaf(), makeSubordinate()]) {
      const verdict = judge(below, { ...subject, extendedKeyUsages: parse(asked) });
      if (isAllowed) expect(verdict).toBe('accepted');
      else expect(verdict).toMatch(/^extendedKeyUsages: The authority "CN=CA 1"/);
    }
  });

  it('may be left out by a CA, which is limited all the same, but not by a leaf', () => {
    const chain = makeChain({ extendedKeyUsages: [parseExtendedKeyUsage('serverAuth')] });
    expect(judge(chain, makeSubordinate())).toBe('accepted');
    expect(judge(chain, makeLeaf())).toContain('limited to serverAuth: ask for some');
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

  it('of a CA count like those of a leaf', () => {
    const chain = makeChain({ nameConstraints: only('example.com') });
    const subject = makeSubordinate({ subjectAltNames: [dns('example.org')] });
    expect(judge(chain, subject)).toMatch(/^subjectAltName/);
  });

  it('do not count for the subject’s own constraints', () => {
    const nameConstraints = only('example.org');
    const chain = makeChain({ nameConstraints: only('example.com') });
    expect(judge(chain, makeSubordinate({ nameConstraints }))).toBe('accepted');
  });

  it('in a common name count where there is no other DNS name', () => {
    const chain = makeChain({ nameConstraints: only('example.com') });
    const verdict = (subject: string, ...names: string[]) =>
      judge(chain, makeLeaf({ subject, subjectAltNames: names.map(dns) }));
    expect(verdict('CN=www.example.org')).toMatch(/^subject: .*"www.example.org"/);
    expect(verdict('CN=www.example.com')).toBe('accepted');
    expect(verdict('CN=192.0.2.1')).toMatch(/^subject/);
    expect(verdict('CN=Joe A. Smith')).toBe('accepted');
    expect(verdict('CN=www.example.org', 'www.example.com')).toBe('accepted');
  });

  it('in an emailAddress of the subject count always', () => {
    const email = { kind: 'email', value: 'joe@example.com' } as const;
    const nameConstraints = { permitted: [parseSubtreeText('email', 'example.com')], excluded: [] };
    const verdict = (subject: string) =>
      judge(makeChain({ nameConstraints }), makeLeaf({ subject, subjectAltNames: [email] }));
    expect(verdict('emailAddress=joe@example.org')).toMatch(/^subject: .*"joe@example.org"/);
    expect(verdict('emailAddress=joe')).toMatch(/^subject/);
    expect(verdict('emailAddress=joe@example.com')).toBe('accepted');
  });

  it('in an emailAddress that is no IA5String cannot be compared', () => {
    const oid = Uint8Array.fromHex('06092a864886f70d010901');
    const value = encodeElement(TAG.utf8String, new TextEncoder().encode('joe@example.com'));
    const subjectDer = encodeSequence(encodeElement(TAG.set, encodeSequence(oid, value)));
    const chain = makeChain({ nameConstraints: only('example.com') });
    expect(judge(chain, makeLeaf({ subjectDer }))).toContain('cannot be compared');
  });

  it('of the directory are the subject, where it has one', () => {
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
    ['none below A', [{}, policies(A)], null, true],
    ['A below A', [{}, policies(A)], [A], true],
    ['B below A', [{}, policies(A)], [B], false],
    ['A and B below A', [{}, policies(A)], [A, B], false],
    ['any below A', [{}, policies(A)], [ANY], false],
    ['B below any', [{}, policies(ANY)], [B], true],
    ['B below any below A', [{}, policies(A), policies(ANY)], [B], false],
    ['A below a root with B', [policies(B), policies(A)], [A], false],
    ['none where one is required', [{}, { ...policies(A), ...required(0) }], null, false],
    ['none where one is required next', [{}, { ...policies(A), ...required(1) }], null, false],
    ['none where one is required later', [{}, { ...policies(A), ...required(2) }], null, true],
    ['A where one is required', [{}, { ...policies(A), ...required(0) }], [A], true],
    ['A behind a CA without, where one is required', [required(0), {}], [A], false],
    ['any below any, where one is required', [required(0), policies(A, ANY)], [ANY], true],
    ['A below any, where one is required', [required(0), policies(ANY)], [A], true],
    ['any where it is inhibited', [inhibited(0), policies(ANY)], [ANY], false],
    ['any where it is not yet', [inhibited(2), policies(ANY)], [ANY], true],
    [
      'A below any where it is inhibited and one required',
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
  ])('%s', (_what, authorities, asked, isAllowed) => {
    const [root = {}, ...below] = authorities;
    const verdict = judge(makeChain(root, ...below), makeLeaf({ policies: asked }));
    if (isAllowed) expect(verdict).toBe('accepted');
    else expect(verdict).toMatch(/^policies: The authority "CN=CA \d" does not allow this/);
  });

  it('are required of a CA if they are required of all below it', () => {
    const chain = makeChain({}, { ...policies(A), ...required(2) });
    expect(judge(chain, makeSubordinate())).toMatch(/^policies: .*requireExplicitPolicy/);
    expect(judge(chain, makeSubordinate({ policies: [A] }))).toBe('accepted');
    expect(judge(makeChain(required(3)), makeSubordinate())).toBe('accepted');
  });

  it('that a CA maps to others hold no longer', () => {
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

import { beforeAll, describe, expect, it } from 'vitest';
import { OID } from '../../src/asn1/oids.ts';
import type { Authority } from '../../src/authorities/authority.ts';
import { sha256Hex } from '../../src/bytes.ts';
import { SignetError } from '../../src/errors.ts';
import type { LeafRequest } from '../../src/issuance/draft-leaf.ts';
import { type Profile, parseProfile } from '../../src/issuance/profiles.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { decodeCsr, parseCsr } from '../../src/x509/certificate/csr.ts';
import { readExtendedKeyUsages } from '../../src/x509/certificate/extended-key-usages.ts';
import { parseSubjectAltName } from '../../src/x509/names/general-names.ts';
import { canonicalizeName } from '../../src/x509/names/name-comparison.ts';
import { encodeNameFromText, formatName } from '../../src/x509/names/names.ts';
import { isSignedBy } from '../../src/x509/path/chain.ts';
import { csrPem, keyPem } from '../fixtures.ts';
import { commonName, makeCsrDer } from '../make-csr.ts';
import { NO_BOUNDS } from '../policy/no-bounds.ts';
import { makeRoot, NOW_MS, NOW_SECONDS } from './authority.ts';
import { makeIssuer, makeRequest, makeStore } from './issuer.ts';

const CSR_DER = decodeCsr(csrPem('p-256-sha256'));
const DAY = 86400;
const PRINTABLE_STRING = 0x13;

let authority: Authority;
beforeAll(async () => {
  authority = await makeRoot(keyPem('p-384'));
});

describe('profiles', () => {
  const profile = parseProfile('short', { validityDays: 3, extendedKeyUsages: ['clientAuth'] });

  const withProfiles = (...profiles: readonly Profile[]): Authority => ({
    ...authority,
    profiles: new Map(profiles.map((each) => [each.name, each])),
  });

  it("are the authority's own if it has any", async () => {
    const issue = makeIssuer(makeStore(), withProfiles(profile));
    const issued = await issue(makeRequest(CSR_DER, { profile: 'short' }));
    expect(issued.notAfterSeconds).toBe(NOW_SECONDS + 3 * DAY);
    await expect(issue(makeRequest(CSR_DER, { profile: 'tls-server' }))).rejects.toThrow(
      'The authority has no such profile: use short.',
    );
    const configured = makeIssuer(makeStore(), authority);
    await expect(configured(makeRequest(CSR_DER, { profile: 'short' }))).rejects.toMatchObject({
      code: 'unknown-profile',
    });
  });

  it('fall back to the configuration if the caller cannot choose one', async () => {
    const request = makeRequest(CSR_DER, { allowConfiguredProfile: true });
    const issued = await makeIssuer(makeStore(), withProfiles(profile))(request);
    expect(issued.notAfterSeconds).toBe(NOW_SECONDS + 365 * DAY);
    const replaced = withProfiles({ ...profile, name: 'tls-server-client' });
    const short = await makeIssuer(makeStore(), replaced)(request);
    expect(short.notAfterSeconds).toBe(NOW_SECONDS + 3 * DAY);
  });

  it('take effect when they change under the same name', async () => {
    const usages: unknown[] = [];
    let own = authority;
    const issue = makeIssuer(makeStore(), own, { openAuthority: async () => own });
    for (const usage of ['clientAuth', 'serverAuth']) {
      const changed = parseProfile('a', { validityDays: 3, extendedKeyUsages: [usage] });
      own = { ...authority, profiles: new Map([['a', changed]]) };
      const { certificateDer } = await issue(makeRequest(CSR_DER, { profile: 'a' }));
      usages.push(readExtendedKeyUsages(parseCertificate(certificateDer).extensions));
    }
    expect(usages).toEqual([['1.3.6.1.5.5.7.3.2'], ['1.3.6.1.5.5.7.3.1']]);
  });
});

describe('createLeafIssuer', () => {
  it('records what it returns, with the caller and its address', async () => {
    const store = makeStore();
    const issued = await makeIssuer(store, authority)(makeRequest(CSR_DER));
    const certificate = parseCertificate(issued.certificateDer);
    expect(await isSignedBy(certificate, authority.certificate)).toBe(true);
    expect(certificate.serialHex).toBe(issued.serialHex);
    expect(issued.chainDer).toEqual([authority.certificateDer]);
    expect(store.commits).toEqual([
      {
        certificate: {
          authorityId: 'default',
          serialHex: issued.serialHex,
          subject: 'CN=host.fixture.test,O=Fixture,C=CN',
          publicKeyIdHex: expect.stringMatching(/^[0-9a-f]{64}$/),
          certificateDer: issued.certificateDer,
          profile: 'tls-server-client',
          origin: 'api',
          accountId: 'root',
          notBeforeSeconds: NOW_SECONDS - 300,
          notAfterSeconds: NOW_SECONDS + 365 * DAY,
          issuedAtMs: NOW_MS,
        },
        terms: [
          'profile:tls-server-client',
          `sha256:${await sha256Hex(issued.certificateDer)}`,
          'name:host.fixture.test',
          'name:*.fixture.test',
          'name:192.0.2.7',
          'name:2001:db8::7',
          'name:ops@fixture.test',
          'name:https://fixture.test/x',
          'below:test',
          'below:fixture.test',
          'name:fixture',
          'name:cn',
        ],
        issuerChainSha256Hex: authority.chainSha256Hex,
        crlPartition: 3,
        subjectKey: '["2.5.4.6=cn"]["2.5.4.10=fixture"]["2.5.4.3=host.fixture.test"]',
        isCa: false,
        uniqueSubject: null,
        identifier: null,
        customIdentifier: null,
        instanceId: null,
        bounds: { ...NO_BOUNDS, lineageId: expect.any(String) },
        acmeOrder: null,
        nonce: null,
        grant: null,
        audit: {
          atMs: NOW_MS,
          accountId: 'root',
          actor: 'root-key',
          action: 'certificate.issue',
          outcome: 'done',
          authorityId: 'default',
          target: issued.serialHex,
          detail: { subject: 'CN=host.fixture.test,O=Fixture,C=CN', profile: 'tls-server-client' },
          request: { requestId: 'a-request', remoteAddress: '192.0.2.1', country: 'NL' },
        },
      },
    ]);
  });

  it('copies subject and key byte for byte, and the issuer from the authority', async () => {
    const issued = await makeIssuer(makeStore(), authority)(makeRequest(CSR_DER));
    const certificate = parseCertificate(issued.certificateDer);
    const csr = parseCsr(CSR_DER);
    expect(certificate.subjectDer).toEqual(csr.subjectDer);
    expect(certificate.spkiDer).toEqual(csr.publicKey.spkiDer);
    expect(certificate.issuerDer).toEqual(authority.subjectDer);
  });

  it('makes the subject unique if asked to, but never an empty one', async () => {
    const store = makeStore();
    const issue = makeIssuer(store, authority);
    await issue(makeRequest(CSR_DER, { uniqueSubject: true }));
    await issue(makeRequest(decodeCsr(csrPem('empty-subject')), { uniqueSubject: true }));
    expect(store.commits.map(({ uniqueSubject }) => uniqueSubject)).toEqual([
      canonicalizeName(parseCsr(CSR_DER).subjectDer),
      null,
    ]);
  });

  it('makes a subject unique however it is spelled', async () => {
    const store = makeStore();
    const issue = makeIssuer(store, authority);
    for (const subject of [commonName('a.test'), commonName('A.Test', PRINTABLE_STRING)]) {
      await issue(makeRequest(await makeCsrDer({ subject: [subject] }), { uniqueSubject: true }));
    }
    const [first, second] = store.commits;
    expect(first?.uniqueSubject).toBe('["2.5.4.3=a.test"]');
    expect(second?.uniqueSubject).toBe(first?.uniqueSubject);
  });

  it('signs with another serial number if one is taken, at most three times', async () => {
    const twice = makeStore(['serial-taken', 'serial-taken']);
    const issued = await makeIssuer(twice, authority)(makeRequest(CSR_DER));
    const serials = twice.commits.map(({ certificate }) => certificate.serialHex);
    expect(new Set(serials).size).toBe(3);
    expect(issued.serialHex).toBe(serials[2]);

    const always = makeStore(Array.from({ length: 9 }, () => 'serial-taken' as const));
    await expect(makeIssuer(always, authority)(makeRequest(CSR_DER))).rejects.toMatchObject({
      code: 'authority-unavailable',
      cause: 'issuance ended as serial-taken',
    });
    expect(always.commits).toHaveLength(3);
  });

  it.each([
    ['key-blocked', 'key-compromised'],
    ['subject-held', 'subject-already-certified'],
  ] as const)('returns no certificate after %s', async (outcome, code) => {
    const store = makeStore([outcome]);
    const issuing = makeIssuer(store, authority)(makeRequest(CSR_DER, { uniqueSubject: true }));
    await expect(issuing).rejects.toMatchObject({ code });
    expect(store.commits).toHaveLength(1);
  });

  it('refuses an unknown profile and names the known profiles', async () => {
    for (const profile of ['', 'ca', 'constructor', '__proto__']) {
      const issuing = makeIssuer(makeStore(), authority)(makeRequest(CSR_DER, { profile }));
      await expect(issuing).rejects.toMatchObject({
        code: 'unknown-profile',
        message: expect.stringContaining('tls-server-client'),
      });
    }
  });

  it('refuses if the key cannot be used, with the reason for the operator only', async () => {
    const refusal = new SignetError('authority-unavailable', 'no key', { cause: 'CA_KEY' });
    const store = makeStore();
    const locked: Authority = { ...authority, signing: { refusal } };
    await expect(makeIssuer(store, locked)(makeRequest(CSR_DER))).rejects.toBe(refusal);
    expect(store.commits).toEqual([]);
  });

  it('lets only the account root use a profile with OCSPSigning', async () => {
    const raw = { validityDays: 9, extendedKeyUsages: ['clientAuth', 'OCSPSigning'] };
    const store = makeStore();
    const profiles = new Map([['ocsp', parseProfile('ocsp', raw)]]);
    const issue = makeIssuer(store, authority, { profiles });
    const request = makeRequest(CSR_DER, { profile: 'ocsp' });
    const principal = { ...request.principal, accountId: 'acct-other' };
    await expect(issue({ ...request, principal })).rejects.toMatchObject({
      code: 'constraint-violated',
      field: 'extendedKeyUsages',
    });
    expect(store.commits).toEqual([]);
    await issue(request);
  });

  it('signs and records nothing for a CSR that its key did not sign', async () => {
    const csrDer = await makeCsrDer({ subject: [commonName('forged.test')] });
    csrDer[csrDer.length - 1] = (csrDer.at(-1) ?? 0) ^ 1;
    const store = makeStore();
    await expect(makeIssuer(store, authority)(makeRequest(csrDer))).rejects.toMatchObject({
      code: 'csr-signature-invalid',
    });
    expect(store.commits).toEqual([]);
  });
});

describe('the validity of a leaf', () => {
  const long = new Map([
    [
      'long',
      parseProfile('long', {
        validityDays: 100,
        backdateSeconds: 7200,
        extendedKeyUsages: ['serverAuth'],
      }),
    ],
  ]);
  const issueUnder = async (issuer: Authority, nowSeconds = NOW_SECONDS) => {
    const clock = () => nowSeconds * 1000 + 999;
    const issue = makeIssuer(makeStore(), issuer, { profiles: long, clock });
    const issued = await issue(makeRequest(CSR_DER, { profile: 'long' }));
    const { notBeforeSeconds, notAfterSeconds } = parseCertificate(issued.certificateDer);
    expect(issued).toMatchObject({ notBeforeSeconds, notAfterSeconds });
    return { notBeforeSeconds, notAfterSeconds };
  };

  it('is what the profile says, to the second', async () => {
    const old = await makeRoot(keyPem('p-384'), { madeSeconds: NOW_SECONDS - 10 * DAY });
    expect(await issueUnder(old)).toEqual({
      notBeforeSeconds: NOW_SECONDS - 7200,
      notAfterSeconds: NOW_SECONDS + 100 * DAY,
    });
  });

  it('never begins before the issuer’s, nor ends after it', async () => {
    const young = await makeRoot(keyPem('p-384'), { madeSeconds: NOW_SECONDS, days: 50 });
    expect(await issueUnder(young)).toEqual({
      notBeforeSeconds: young.certificate.notBeforeSeconds,
      notAfterSeconds: young.notAfterSeconds,
    });
    expect(young.certificate.notBeforeSeconds).toBe(NOW_SECONDS - 3600);
    expect(young.notAfterSeconds).toBe(NOW_SECONDS + 50 * DAY);
  });

  it('is a GeneralizedTime if it ends after 2049', async () => {
    const now = Date.UTC(2049, 11, 1) / 1000;
    const late = await makeRoot(keyPem('p-384'), { madeSeconds: now - DAY });
    expect((await issueUnder(late, now)).notAfterSeconds).toBe(now + 100 * DAY);
  });

  it('is refused outside the issuer’s validity', async () => {
    const store = makeStore();
    const { notBeforeSeconds, notAfterSeconds } = authority.certificate;
    for (const [nowSeconds, allowed] of [
      [notBeforeSeconds - 1, false],
      [notBeforeSeconds, true],
      [notAfterSeconds, true],
      [notAfterSeconds + 1, false],
    ] as const) {
      const issue = makeIssuer(store, authority, { clock: () => nowSeconds * 1000 });
      const issuing = issue(makeRequest(CSR_DER));
      if (allowed) await issuing;
      else await expect(issuing).rejects.toMatchObject({ code: 'authority-unavailable' });
    }
    expect(store.commits).toHaveLength(2);
  });
});

function readNames({ extensions }: Certificate) {
  const extension = extensions.get(OID.subjectAltName);
  return extension === undefined ? [] : parseSubjectAltName(extension.valueDer);
}

describe('what a request states beside its CSR', () => {
  const NOTHING = { subjectDer: null, subjectAltNames: null, end: null };
  const issue = (stated: Partial<NonNullable<LeafRequest['stated']>>, csr = 'p-256-sha256') =>
    makeIssuer(
      makeStore(),
      authority,
    )(
      makeRequest(decodeCsr(csrPem(csr)), {
        profile: 'tls-server',
        stated: { ...NOTHING, ...stated },
      }),
    );

  it('replaces the subject and the names of the CSR', async () => {
    const names = [
      { kind: 'dns', value: 'a.stated.test' },
      { kind: 'ip', value: '10.0.0.5' },
    ] as const;
    const subjectDer = encodeNameFromText('CN=a.stated.test');
    const both = await issue({ subjectDer, subjectAltNames: names });
    const certificate = parseCertificate(both.certificateDer);
    expect(formatName(certificate.subjectDer)).toBe('CN=a.stated.test');
    expect(readNames(certificate)).toEqual(names);
    // One of them alone leaves the other one as it is.
    const { certificateDer } = await issue({ subjectAltNames: names });
    expect(formatName(parseCertificate(certificateDer).subjectDer)).toContain('host.fixture.test');
    expect(readNames(parseCertificate(certificateDer))).toEqual(names);
  });

  it('takes the name in the CN if no alternative name is stated', async () => {
    const subjectDer = encodeNameFromText('CN=b.stated.test');
    const { certificateDer } = await issue({ subjectDer, subjectAltNames: [] });
    expect(readNames(parseCertificate(certificateDer))).toEqual([
      { kind: 'dns', value: 'b.stated.test' },
    ]);
    await expect(
      issue({ subjectDer: encodeNameFromText('O=Stated'), subjectAltNames: [] }),
    ).resolves.toBeDefined();
    await expect(
      issue({ subjectDer: Uint8Array.of(0x30, 0), subjectAltNames: [] }),
    ).rejects.toMatchObject({ code: 'invalid-subject' });
  });

  it('never replaces the proof of possession', async () => {
    const broken = decodeCsr(csrPem('p-256-sha256')).slice();
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    const request = makeRequest(broken, {
      stated: { ...NOTHING, subjectAltNames: [{ kind: 'dns', value: 'a.stated.test' }] },
    });
    await expect(makeIssuer(makeStore(), authority)(request)).rejects.toMatchObject({
      code: 'csr-signature-invalid',
    });
  });

  it('shortens the validity', async () => {
    const seconds = NOW_SECONDS + 3600;
    const until = await issue({ end: { field: 'notAfter', seconds } });
    expect(until.notAfterSeconds).toBe(seconds);
    const short = await issue({ end: { field: 'validitySeconds', seconds: 60 } });
    expect(short.notAfterSeconds).toBe(NOW_SECONDS + 60);
    const longest = await issue({ end: { field: 'validitySeconds', seconds: 90 * DAY } });
    expect(longest.notAfterSeconds).toBe(NOW_SECONDS + 90 * DAY);
  });

  it.each([
    ['notAfter', NOW_SECONDS, /in the past/],
    ['notAfter', NOW_SECONDS + 59, /too soon/],
    ['notAfter', NOW_SECONDS + 90 * DAY + 1, /too late/],
    ['validitySeconds', -5, /too short/],
    ['validitySeconds', 59, /too short/],
    ['validitySeconds', 90 * DAY + 1, /too long.*7776000 seconds/],
    ['validitySeconds', Number.MAX_SAFE_INTEGER, /too long/],
  ] as const)('refuses %s %d', async (field, seconds, message) => {
    await expect(issue({ end: { field, seconds } })).rejects.toMatchObject({
      code: 'invalid-parameter',
      field,
      message: expect.stringMatching(message),
    });
  });
});

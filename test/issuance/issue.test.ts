import { beforeAll, describe, expect, it } from 'vitest';
import type { Authority } from '../../src/authorities/authority.ts';
import { SignetError } from '../../src/errors.ts';
import { parseProfile } from '../../src/issuance/profiles.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { decodeCsr, parseCsr } from '../../src/x509/certificate/csr.ts';
import { readExtendedKeyUsages } from '../../src/x509/certificate/extended-key-usages.ts';
import { isSignedBy } from '../../src/x509/path/chain.ts';
import { csrPem, keyPem } from '../fixtures.ts';
import { commonName, makeCsrDer } from '../make-csr.ts';
import { makeAuthority, NOW_MS, NOW_SECONDS } from './authority.ts';
import { makeIssuer, makeRequest, makeStore } from './issuer.ts';

const CSR_DER = decodeCsr(csrPem('p-256-sha256'));
const DAY = 86400;

let authority: Awaited<ReturnType<typeof makeAuthority>>;
beforeAll(async () => {
  authority = await makeAuthority(keyPem('p-384'));
});

describe('profiles', () => {
  const profile = parseProfile('short', { validityDays: 3, extendedKeyUsages: ['clientAuth'] });

  it("are the authority's own where it has some", async () => {
    const own = { ...authority, profiles: new Map([['short', profile]]) };
    const issue = makeIssuer(makeStore());
    const issued = await issue(makeRequest(own, CSR_DER, { profile: 'short' }));
    expect(issued.notAfterSeconds).toBe(NOW_SECONDS + 3 * DAY);
    await expect(issue(makeRequest(own, CSR_DER, { profile: 'tls-server' }))).rejects.toThrow(
      'The authority has no such profile: use short.',
    );
    await expect(
      issue(makeRequest(authority, CSR_DER, { profile: 'short' })),
    ).rejects.toMatchObject({ code: 'unknown-profile' });
  });

  it('never miss the one that the dialect of openssl-ca means', async () => {
    const own = { ...authority, profiles: new Map([['short', profile]]) };
    const issue = makeIssuer(makeStore());
    const issued = await issue(makeRequest(own, CSR_DER, { origin: 'openssl-ca' }));
    expect(issued.notAfterSeconds).toBe(NOW_SECONDS + 365 * DAY);
    const replaced = { ...authority, profiles: new Map([['tls-server-client', profile]]) };
    const short = await issue(makeRequest(replaced, CSR_DER, { origin: 'openssl-ca' }));
    expect(short.notAfterSeconds).toBe(NOW_SECONDS + 3 * DAY);
  });

  it('count as they are now, under a name that was used before', async () => {
    const issue = makeIssuer(makeStore());
    const usages: unknown[] = [];
    for (const usage of ['clientAuth', 'serverAuth']) {
      const changed = parseProfile('a', { validityDays: 3, extendedKeyUsages: [usage] });
      const own = { ...authority, profiles: new Map([['a', changed]]) };
      const { certificateDer } = await issue(makeRequest(own, CSR_DER, { profile: 'a' }));
      usages.push(readExtendedKeyUsages(parseCertificate(certificateDer).extensions));
    }
    expect(usages).toEqual([['1.3.6.1.5.5.7.3.2'], ['1.3.6.1.5.5.7.3.1']]);
  });
});

describe('createIssuer', () => {
  it('records what it answers, with who asked and from where', async () => {
    const store = makeStore();
    const issued = await makeIssuer(store)(makeRequest(authority, CSR_DER));
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
        issuerCertificateSha256Hex: authority.certificateSha256Hex,
        crlPartition: 3,
        uniqueSubject: null,
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

  it('takes subject and key byte for byte, and the issuer from the authority', async () => {
    const issued = await makeIssuer(makeStore())(makeRequest(authority, CSR_DER));
    const certificate = parseCertificate(issued.certificateDer);
    const csr = parseCsr(CSR_DER);
    expect(certificate.subjectDer).toEqual(csr.subjectDer);
    expect(certificate.spkiDer).toEqual(csr.publicKey.spkiDer);
    expect(certificate.issuerDer).toEqual(authority.subjectDer);
  });

  it('asks for the subject to be unique where the door wants that, but not of an empty one', async () => {
    const store = makeStore();
    const issue = makeIssuer(store);
    await issue(makeRequest(authority, CSR_DER, { uniqueSubject: true }));
    await issue(
      makeRequest(authority, decodeCsr(csrPem('empty-subject')), { uniqueSubject: true }),
    );
    expect(store.commits.map(({ uniqueSubject }) => uniqueSubject)).toEqual([
      parseCsr(CSR_DER).subjectDer.toBase64(),
      null,
    ]);
  });

  it('signs with another serial where the first is taken, three times at most', async () => {
    const twice = makeStore(['serial-taken', 'serial-taken']);
    const issued = await makeIssuer(twice)(makeRequest(authority, CSR_DER));
    const serials = twice.commits.map(({ certificate }) => certificate.serialHex);
    expect(new Set(serials).size).toBe(3);
    expect(issued.serialHex).toBe(serials[2]);

    const always = makeStore(Array.from({ length: 9 }, () => 'serial-taken' as const));
    await expect(makeIssuer(always)(makeRequest(authority, CSR_DER))).rejects.toMatchObject({
      code: 'authority-unavailable',
      cause: 'issuance ended as serial-taken',
    });
    expect(always.commits).toHaveLength(3);
  });

  it.each([
    ['key-blocked', 'key-compromised'],
    ['subject-held', 'subject-already-certified'],
  ] as const)('lets nothing out after %s', async (outcome, code) => {
    const store = makeStore([outcome]);
    const issuing = makeIssuer(store)(makeRequest(authority, CSR_DER, { uniqueSubject: true }));
    await expect(issuing).rejects.toMatchObject({ code });
    expect(store.commits).toHaveLength(1);
  });

  it('tries once more with the authority as it is now, where it was changed', async () => {
    const renewed = await makeAuthority(keyPem('p-384'), { days: 4000 });
    const reopenAuthority = async () => renewed;
    const store = makeStore(['authority-changed']);
    await makeIssuer(store, { reopenAuthority })(makeRequest(authority, CSR_DER));
    expect(store.commits.map((commit) => commit.issuerCertificateSha256Hex)).toEqual([
      authority.certificateSha256Hex,
      renewed.certificateSha256Hex,
    ]);

    const always = makeStore(['authority-changed', 'authority-changed', 'authority-changed']);
    const issuing = makeIssuer(always, { reopenAuthority })(makeRequest(authority, CSR_DER));
    await expect(issuing).rejects.toMatchObject({ code: 'authority-unavailable' });
    expect(always.commits).toHaveLength(2);
  });

  it('refuses an unknown profile and names the known ones', async () => {
    for (const profile of ['', 'ca', 'constructor', '__proto__']) {
      const issuing = makeIssuer(makeStore())(makeRequest(authority, CSR_DER, { profile }));
      await expect(issuing).rejects.toMatchObject({
        code: 'unknown-profile',
        message: expect.stringContaining('tls-server-client'),
      });
    }
  });

  it('refuses where the key cannot be used, with the reason kept for the operator', async () => {
    const refusal = new SignetError('authority-unavailable', 'no key', { cause: 'CA_KEY' });
    const store = makeStore();
    const locked: Authority = { ...authority, signing: { refusal } };
    await expect(makeIssuer(store)(makeRequest(locked, CSR_DER))).rejects.toBe(refusal);
    expect(store.commits).toEqual([]);
  });

  it('gives out a profile for OCSP responders to the account root alone', async () => {
    const raw = { validityDays: 9, extendedKeyUsages: ['clientAuth', 'OCSPSigning'] };
    const store = makeStore();
    const issue = makeIssuer(store, { profiles: new Map([['ocsp', parseProfile('ocsp', raw)]]) });
    const request = makeRequest(authority, CSR_DER, { profile: 'ocsp' });
    const principal = { ...request.principal, accountId: 'acct-other' };
    await expect(issue({ ...request, principal })).rejects.toMatchObject({
      code: 'constraint-violated',
      field: 'extendedKeyUsages',
    });
    expect(store.commits).toEqual([]);
    await issue(request);
  });

  it('signs and records nothing for a request that is not signed by its key', async () => {
    const csrDer = await makeCsrDer({ subject: [commonName('forged.test')] });
    csrDer[csrDer.length - 1] = (csrDer.at(-1) ?? 0) ^ 1;
    const store = makeStore();
    await expect(makeIssuer(store)(makeRequest(authority, csrDer))).rejects.toMatchObject({
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
    const issue = makeIssuer(makeStore(), { profiles: long, clock: () => nowSeconds * 1000 + 999 });
    const issued = await issue(makeRequest(issuer, CSR_DER, { profile: 'long' }));
    const { notBeforeSeconds, notAfterSeconds } = parseCertificate(issued.certificateDer);
    expect(issued).toMatchObject({ notBeforeSeconds, notAfterSeconds });
    return { notBeforeSeconds, notAfterSeconds };
  };

  it('is what the profile says, to the second', async () => {
    const old = await makeAuthority(keyPem('p-384'), { madeSeconds: NOW_SECONDS - 10 * DAY });
    expect(await issueUnder(old)).toEqual({
      notBeforeSeconds: NOW_SECONDS - 7200,
      notAfterSeconds: NOW_SECONDS + 100 * DAY,
    });
  });

  it('never begins before the issuer’s, nor ends after it', async () => {
    const young = await makeAuthority(keyPem('p-384'), { madeSeconds: NOW_SECONDS, days: 50 });
    expect(await issueUnder(young)).toEqual({
      notBeforeSeconds: young.certificate.notBeforeSeconds,
      notAfterSeconds: young.notAfterSeconds,
    });
    expect(young.certificate.notBeforeSeconds).toBe(NOW_SECONDS - 3600);
    expect(young.notAfterSeconds).toBe(NOW_SECONDS + 50 * DAY);
  });

  it('goes over to GeneralizedTime where it ends after 2049', async () => {
    const now = Date.UTC(2049, 11, 1) / 1000;
    const late = await makeAuthority(keyPem('p-384'), { madeSeconds: now - DAY });
    expect((await issueUnder(late, now)).notAfterSeconds).toBe(now + 100 * DAY);
  });

  it('is refused outside the issuer’s own', async () => {
    const store = makeStore();
    const { notBeforeSeconds, notAfterSeconds } = authority.certificate;
    for (const [nowSeconds, allowed] of [
      [notBeforeSeconds - 1, false],
      [notBeforeSeconds, true],
      [notAfterSeconds, true],
      [notAfterSeconds + 1, false],
    ] as const) {
      const issue = makeIssuer(store, { clock: () => nowSeconds * 1000 });
      const issuing = issue(makeRequest(authority, CSR_DER));
      if (allowed) await issuing;
      else await expect(issuing).rejects.toMatchObject({ code: 'authority-unavailable' });
    }
    expect(store.commits).toHaveLength(2);
  });
});

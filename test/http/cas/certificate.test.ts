import { beforeEach, describe, expect, it, vi } from 'vitest';
import { OID } from '../../../src/asn1/oids.ts';
import { parsePem } from '../../../src/asn1/pem.ts';
import { type Certificate, parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { readExtendedKeyUsages } from '../../../src/x509/certificate/extended-key-usages.ts';
import { readBasicConstraints } from '../../../src/x509/certificate/extensions.ts';
import { formatName } from '../../../src/x509/names/names.ts';
import { isSignedBy } from '../../../src/x509/path/chain.ts';
import { csrPem, keyPem } from '../../fixtures.ts';
import { openWorker, type TestWorker } from '../../integration/worker.ts';
import { commonName, der, makeCsrDer, makeCsrPem, makeKeyPair, toPem } from '../../make-csr.ts';
import { countRows } from '../../store/database.ts';
import { call, createInstance, createKey, listEvents, post, ROOT_KEY } from './cas-client.ts';

let worker: TestWorker;
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined });
});

/** Of all requests for the same name: a name belongs to one key. */
const KEY_PAIR = await makeKeyPair();

const DAY = 86400;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

interface Wishes {
  readonly instance?: object;
  readonly csr?: string;
  readonly validity?: string;
  readonly passthrough?: unknown;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly key?: typeof ROOT_KEY;
}

async function ask({ instance, csr, validity, passthrough, parameters, key }: Wishes) {
  const wanted = {
    InstanceId: await createInstance(worker, instance),
    Csr: csr ?? (await makeCsrPem({ subject: [commonName('From the CSR')], keyPair: KEY_PAIR })),
    Validity: validity ?? '1y',
    ...(passthrough === undefined ? {} : { ApiPassthrough: JSON.stringify(passthrough) }),
    ...parameters,
  };
  return call(worker, wanted, key === undefined ? {} : { key });
}

async function issue(wishes: Wishes = {}): Promise<Certificate> {
  const { status, body, text } = await ask(wishes);
  expect(status, text).toBe(200);
  const [block] = parsePem(String(body.Certificate));
  return parseCertificate(block?.der ?? new Uint8Array());
}

async function refuse(code: string, words: RegExp, wishes: Wishes, status = 400): Promise<void> {
  const answer = await ask(wishes);
  expect(answer.body).toMatchObject({ Code: code, Message: expect.stringMatching(words) });
  expect(answer.status).toBe(status);
  expect(await countRows(worker.db, 'certificates')).toBe(0);
  const free = await worker.db
    .prepare("SELECT COUNT(*) AS n FROM external_ca_instances WHERE state = 'BUY'")
    .first<number>('n');
  expect(free).toBe(await countRows(worker.db, 'external_ca_instances'));
  expect((await listEvents(worker, 'cas.call')).at(-1)).toMatchObject({ outcome: 'refused' });
}

/** Encodes an Extension. */
function extension(oid: string, critical: boolean, valueDer: Uint8Array): Uint8Array {
  const arcs = oid.split('.').map(Number);
  const [first = 0, second = 0, ...rest] = arcs;
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return der(
    0x30,
    der(0x06, Uint8Array.from(octets)),
    ...(critical ? [Uint8Array.of(1, 1, 0xff)] : []),
    der(0x04, valueDer),
  );
}

const pathLength = (length: number) =>
  extension(OID.basicConstraints, true, der(0x30, Uint8Array.of(1, 1, 0xff, 2, 1, length)));

function makeCsr(...extensions: readonly Uint8Array[]): Promise<string> {
  return makeCsrPem({ subject: [commonName('Sub')], extensions, keyPair: KEY_PAIR });
}

describe('the subject', () => {
  it('is that of ApiPassthrough, else that of the CSR', async () => {
    expect(formatName((await issue()).subjectDer)).toBe('CN=From the CSR');
    const Subject = { Country: 'CN', Organization: '阿里巴巴', CommonName: 'Testing CA' };
    const replaced = await issue({ passthrough: { Subject } });
    expect(formatName(replaced.subjectDer)).toBe('CN=Testing CA,O=阿里巴巴,C=CN');
  });

  it('may be used again for the same key only, and is not that of the issuer', async () => {
    const csr = await makeCsr();
    expect((await issue({ csr })).subjectDer).toEqual((await issue({ csr })).subjectDer);
    const twin = await ask({ csr: await makeCsrPem({ subject: [commonName(' SUB')] }) });
    expect(twin.body).toMatchObject({
      Code: 'InvalidSubject',
      Message: expect.stringContaining('reserved for a CA'),
    });
    worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined });
    const passthrough = { Subject: { CommonName: 'signet  root CA' } };
    await refuse('InvalidSubject', /reserved for a CA/, { passthrough });
  });

  it.each([
    [{}, /CommonName/],
    [{ Country: 'XX', CommonName: 'a' }, /ISO 3166/],
    [{ Country: 'cn', CommonName: 'a' }, /upper case: write CN/],
    [{ CommonName: 'a'.repeat(65) }, /longer than 64/],
    [{ CommonName: 'a\u202eb' }, /U\+202E/],
    [{ CommonName: '' }, /empty/],
  ])('is refused as %j', async (Subject, words) => {
    await refuse('InvalidSubject', words, { passthrough: { Subject } });
  });

  it('is refused if it is empty', async () => {
    await refuse('InvalidSubject', /needs a subject name/, { csr: await makeCsrPem() });
  });
});

describe('the validity', () => {
  const at = (text: string) => Date.parse(text) / 1000;
  const days = (count: number) =>
    new Date(Date.now() + count * DAY * 1000).toISOString().slice(0, 10);

  it('may be a calendar period or absolute times', async () => {
    const soon = `${days(2)}T00:00:00Z`;
    const later = `${days(40)}T12:00:00Z`;
    const { notBeforeSeconds, notAfterSeconds } = await issue({ validity: `${soon}/${later}` });
    expect([notBeforeSeconds, notAfterSeconds]).toEqual([at(soon), at(later)]);
    const until = await issue({ validity: later });
    expect(until.notAfterSeconds).toBe(at(later));
    expect(until.notBeforeSeconds).toBeLessThanOrEqual(Date.now() / 1000);
    const month = await issue({ validity: '1m' });
    const lasts = (month.notAfterSeconds - Date.now() / 1000) / DAY;
    expect(lasts).toBeGreaterThan(27);
    expect(lasts).toBeLessThan(32);
    await issue({ validity: '10y' });
  });

  it.each([
    ['0d', /no time at all/],
    ['-1y', /negative/],
    ['1.5y', /fractional/],
    ['1w', /unknown unit "w"/],
    ['10', /no unit/],
    ['soon', /yyyy-MM-dd/],
    ['2031-02-30T00:00:00Z', /does not exist/],
    ['2031-02-01T00:00:00Z/2030-02-01T00:00:00Z', /reversed/],
    ['2001-02-01T00:00:00Z', /past/],
    ['11y', /latest possible end is 20\d\d-/],
    ['9999y', /latest possible end is 20\d\d-/],
  ])('is refused as %s', async (validity, words) => {
    await refuse('InvalidValidity', words, { validity });
  });

  it('ends with the instance and the authority at the latest', async () => {
    const instance = { maxValidityDays: 30 };
    await refuse('InvalidValidity', /at most 30 days/, { instance, validity: '31d' });
    const all = { maxValidityDays: 36525 };
    await refuse('InvalidValidity', /the issuing CA ends/, { instance: all, validity: '50y' });
    await issue({ instance, validity: '30d' });
  });
});

describe('the path length', () => {
  const read = ({ extensions }: Certificate) => readBasicConstraints(extensions);
  const wish = (PathLenConstraint: unknown) => ({ Extensions: { PathLenConstraint } });

  it('is that of ApiPassthrough, else of the CSR, else of the instance', async () => {
    const instance = { maxPathLength: 3 };
    expect(read(await issue())).toEqual({ ca: true, pathLenConstraint: 0 });
    expect(read(await issue({ instance })).pathLenConstraint).toBe(3);
    const csr = await makeCsr(pathLength(2));
    expect(read(await issue({ instance, csr })).pathLenConstraint).toBe(2);
    const passthrough = wish(1);
    expect(read(await issue({ instance, csr, passthrough })).pathLenConstraint).toBe(1);
    expect(read(await issue({ instance, csr, passthrough: wish('0') })).pathLenConstraint).toBe(0);
  });

  it('is refused if it is too large, and not reduced', async () => {
    const code = 'InvalidPathLenConstraint';
    await refuse(code, /at most 0/, { passthrough: wish(1) });
    await refuse(code, /at most 0/, { csr: await makeCsr(pathLength(1)) });
  });

  it.each([-1, 1.5, '1x', 'many', [], {}, true])('is refused as %j', async (value) => {
    await refuse('InvalidApiPassthrough', /PathLenConstraint must be/, {
      passthrough: wish(value),
    });
  });
});

describe('extended key usages', () => {
  const read = ({ extensions }: Certificate) => readExtendedKeyUsages(extensions);
  const inCsr = () =>
    makeCsr(
      extension(OID.extKeyUsage, true, der(0x30, Uint8Array.of(6, 8, 43, 6, 1, 5, 5, 7, 3, 2))),
    );

  it('are those of ApiPassthrough by name or OID, else of the CSR, else none', async () => {
    expect(read(await issue())).toBeNull();
    expect(read(await issue({ csr: await inCsr() }))).toEqual(['1.3.6.1.5.5.7.3.2']);
    const ExtendedKeyUsages = ['serverAuth', '1.3.6.1.5.5.7.3.17', 'any'];
    const passthrough = { Extensions: { ExtendedKeyUsages } };
    expect(read(await issue({ csr: await inCsr(), passthrough }))).toEqual([
      SERVER_AUTH,
      '1.3.6.1.5.5.7.3.17',
      '2.5.29.37.0',
    ]);
  });

  it('contain OCSPSigning only for the account root', async () => {
    const { id, secret, accountId } = await createKey(worker, ['yundun-cert:*']);
    const ocspSigning = Uint8Array.of(6, 8, 43, 6, 1, 5, 5, 7, 3, 9);
    const csr = await makeCsr(extension(OID.extKeyUsage, false, der(0x30, ocspSigning)));
    const passthrough = { Extensions: { ExtendedKeyUsages: ['OCSPSigning'] } };
    for (const wishes of [{ csr }, { passthrough }]) {
      const instance = { accountId };
      const answer = await ask({ ...wishes, instance, key: { id, secret } });
      expect(answer).toMatchObject({ status: 400, body: { Code: 'InvalidExtendedKeyUsages' } });
      expect(await countRows(worker.db, 'certificates')).toBe(0);
    }
    expect(read(await issue({ csr }))).toEqual(['1.3.6.1.5.5.7.3.9']);
  });

  it('are refused if they are unknown', async () => {
    for (const usage of ['serverauth', '1.2.x', '']) {
      const passthrough = { Extensions: { ExtendedKeyUsages: [usage] } };
      await refuse('InvalidExtendedKeyUsages', /is not known/, { passthrough });
    }
    for (const ExtendedKeyUsages of [[], 'serverAuth', [1], {}]) {
      await refuse('InvalidApiPassthrough', /ExtendedKeyUsages must/, {
        passthrough: { Extensions: { ExtendedKeyUsages } },
      });
    }
  });
});

describe('the extensions', () => {
  it('are those of a CA, whatever the CSR asks for', async () => {
    const csr = await makeCsr(
      extension(OID.basicConstraints, false, der(0x30)),
      extension(OID.keyUsage, true, Uint8Array.of(3, 2, 7, 0x80)),
      extension(OID.subjectKeyIdentifier, false, Uint8Array.of(4, 1, 1)),
      extension(OID.authorityKeyIdentifier, false, der(0x30, Uint8Array.of(0x80, 1, 1))),
      extension(OID.cRLDistributionPoints, false, der(0x30)),
      extension(OID.authorityInfoAccess, false, der(0x30)),
      extension('1.2.3.4', false, Uint8Array.of(5, 0)),
    );
    const { extensions } = await issue({ csr });
    const hex = (oid: string) => extensions.get(oid)?.valueDer.toHex();
    expect(extensions.get(OID.basicConstraints)).toMatchObject({ critical: true });
    expect(hex(OID.basicConstraints)).toBe('30060101ff020100');
    // keyCertSign and cRLSign.
    expect(extensions.get(OID.keyUsage)).toMatchObject({ critical: true });
    expect(hex(OID.keyUsage)).toBe('03020106');
    expect(hex(OID.subjectKeyIdentifier)).toMatch(/^0414[0-9a-f]{40}$/);
    expect(hex(OID.authorityKeyIdentifier)).toMatch(/^30168014[0-9a-f]{40}$/);
    const text = (oid: string) =>
      new TextDecoder('latin1').decode(extensions.get(oid)?.valueDer ?? new Uint8Array());
    expect(text(OID.cRLDistributionPoints)).toContain('http://127.0.0.1:8787/crl/default/0.crl');
    expect(text(OID.authorityInfoAccess)).toContain('http://127.0.0.1:8787/ocsp/default');
    expect(text(OID.authorityInfoAccess)).toContain('http://127.0.0.1:8787/ca/default.crt');
    expect(extensions.has('1.2.3.4')).toBe(false);
    expect(extensions.size).toBe(6);
  });

  it.each([
    ['1.3.6.1.4.1.311.21.10', 'applicationPolicies'],
    ['1.3.6.1.5.5.7.1.28', 'ipAddrBlocks'],
    ['1.3.6.1.5.5.7.1.3', 'qcStatements'],
    ['1.3.6.1.5.5.7.1.26', 'TNAuthList'],
  ])('%s are refused by name, critical or not', async (oid, name) => {
    for (const critical of [true, false]) {
      // Of the shape of ApplicationPolicies: one policy, OCSPSigning.
      const value = der(0x30, der(0x30, Uint8Array.of(6, 8, 43, 6, 1, 5, 5, 7, 3, 9)));
      await refuse('InvalidCsr', new RegExp(name), {
        csr: await makeCsr(extension(oid, critical, value)),
      });
    }
  });

  it('are refused by name if they are critical and unknown', async () => {
    const csr = await makeCsr(extension('1.2.3.4', true, Uint8Array.of(5, 0)));
    await refuse('InvalidCsr', /1\.2\.3\.4/, { csr });
  });
});

describe('the CSR', () => {
  it('is refused if its own key did not sign it', async () => {
    const csrDer = await makeCsrDer({ subject: [commonName('Sub')] });
    csrDer[csrDer.length - 1] = (csrDer.at(-1) ?? 0) ^ 1;
    const csr = toPem('CERTIFICATE REQUEST', csrDer);
    await refuse('InvalidCsr', /does not verify/, { csr });
  });

  it.each([
    ['nothing of the kind', 'hello'],
    ['white space', ' \n\t '],
    ['a certificate', toPem('CERTIFICATE', Uint8Array.of(0x30, 0))],
    ['a private key', toPem('PRIVATE KEY', Uint8Array.of(0x30, 0))],
    ['broken base64', '-----BEGIN CERTIFICATE REQUEST-----\n@@\n-----END CERTIFICATE REQUEST-----'],
    ['cut short', toPem('CERTIFICATE REQUEST', Uint8Array.of(0x30, 0x82, 1, 0, 0x30))],
  ])('is refused as %s', async (_, csr) => {
    await refuse('InvalidCsr', /./, { csr });
  });

  it('is refused if it is too large', async () => {
    await refuse('RequestTooLarge', /larger/, { csr: 'a'.repeat(40_000) }, 413);
  });

  it('is refused if it has the authority’s own key', async () => {
    const { Csr } = await signWithAuthorityKey();
    await refuse('InvalidCsr', /an authority's own/, { csr: Csr });
  });

  it('is refused if its key was revoked for keyCompromise', async () => {
    const keyPair = await makeKeyPair();
    const csr = await makeCsrPem({ subject: [commonName('Sub')], keyPair });
    const { serialHex } = await issue({ csr });
    const path = `/api/v1/certificates/${serialHex}/revoke`;
    expect((await post(worker, path, { reason: 'keyCompromise' })).status).toBe(200);
    const answer = await ask({ csr });
    expect(answer.body).toMatchObject({
      Code: 'InvalidCsr',
      Message: expect.stringContaining('compromise'),
    });
    expect(await countRows(worker.db, 'certificates')).toBe(1);
  });
});

/** A CSR with the key in CA_KEY. */
async function signWithAuthorityKey() {
  const { env } = await import('cloudflare:workers');
  const [block] = parsePem(env.CA_KEY);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const bytes = block?.der ?? new Uint8Array();
  const privateKey = await crypto.subtle.importKey('pkcs8', bytes, algorithm, true, ['sign']);
  const jwk = await crypto.subtle.exportKey('jwk', privateKey);
  if (jwk instanceof ArrayBuffer) throw new TypeError('no JWK');
  const { kty = '', crv = '', x = '', y = '' } = jwk;
  const publicJwk = { kty, crv, x, y };
  const publicKey = await crypto.subtle.importKey('jwk', publicJwk, algorithm, true, ['verify']);
  const keyPair = { privateKey, publicKey };
  return { Csr: await makeCsrPem({ subject: [commonName('Sub')], keyPair }) };
}

describe('ApiPassthrough', () => {
  it('may be flattened into parameters', async () => {
    const certificate = await issue({
      parameters: {
        'ApiPassthrough.Subject.CommonName': 'Flat',
        'ApiPassthrough.Subject.Country': 'DE',
        'ApiPassthrough.Extensions.PathLenConstraint': '0',
        'ApiPassthrough.Extensions.ExtendedKeyUsages.1': 'serverAuth',
        'ApiPassthrough.Extensions.ExtendedKeyUsages.2': 'clientAuth',
      },
    });
    expect(formatName(certificate.subjectDer)).toBe('CN=Flat,C=DE');
    expect(readExtendedKeyUsages(certificate.extensions)).toHaveLength(2);
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a text', '"Subject"'],
    ['null', 'null'],
    ['deep', '['.repeat(8000)],
    ['deep and whole', `${'{"Subject":'.repeat(1000)}{}${'}'.repeat(1000)}`],
    ['long', JSON.stringify({ Subject: { CommonName: 'a'.repeat(20_000) } })],
    ['another field', '{"subject":{}}'],
    ['a field of __proto__', '{"__proto__":{"CommonName":"a"}}'],
    ['a subject of another type', '{"Subject":"CN=a"}'],
    ['a name of another type', '{"Subject":{"CommonName":1}}'],
    ['another name', '{"Subject":{"Email":"a@b.test"}}'],
    ['another extension', '{"Extensions":{"KeyUsage":[]}}'],
  ])('is refused as %s', async (_, text) => {
    await refuse('InvalidApiPassthrough', /./, { parameters: { ApiPassthrough: text } });
  });

  it('reads null and an empty string as missing', async () => {
    await issue({ passthrough: { Subject: null, Extensions: { PathLenConstraint: null } } });
    await issue({ parameters: { ApiPassthrough: '' } });
  });
});

describe('an instance of another authority', () => {
  async function createAuthority(fields: object) {
    const { status, body } = await post(worker, '/api/v1/authorities', {
      name: 'Issuing',
      subject: 'CN=Issuing CA',
      parent: 'default',
      ...fields,
    });
    expect(status, JSON.stringify(body)).toBe(201);
    return String(body.id);
  }

  it('is certified by that authority, with the whole chain, also after a re-key', async () => {
    const id = await createAuthority({ pathLength: 1 });
    const instance = { authority: id, maxValidityDays: 30 };
    for (const length of [2, 2]) {
      const { status, body, text } = await ask({ instance, validity: '1d' });
      expect(status, text).toBe(200);
      const chain = parsePem(String(body.CertificateChain)).map((each) =>
        parseCertificate(each.der),
      );
      expect(chain).toHaveLength(length);
      const [leaf] = parsePem(String(body.Certificate)).map((each) => parseCertificate(each.der));
      const [issuer, root] = chain;
      if (leaf === undefined || issuer === undefined || root === undefined) throw new Error(text);
      expect(await isSignedBy(leaf, issuer)).toBe(true);
      expect(await isSignedBy(issuer, root)).toBe(true);
      expect(formatName(issuer.subjectDer)).toBe('CN=Issuing CA');
      const rekeyed = await post(worker, `/api/v1/authorities/${id}/rekey`);
      expect(rekeyed.status, JSON.stringify(rekeyed.body)).toBeLessThan(300);
    }
  });

  it('is bound by the constraints of the CAs above', async () => {
    const extendedKeyUsages = ['clientAuth'];
    const id = await createAuthority({ pathLength: 1, extendedKeyUsages });
    const instance = { authority: id, maxPathLength: 1, maxValidityDays: 30 };
    const wish = (Extensions: object) => ({
      instance,
      validity: '1d',
      passthrough: { Extensions: { PathLenConstraint: 0, ...Extensions } },
    });
    const refusals = [
      [wish({ PathLenConstraint: 1 }), 'InvalidPathLenConstraint'],
      [wish({ ExtendedKeyUsages: ['serverAuth'] }), 'InvalidExtendedKeyUsages'],
      [{ ...wish({}), validity: '20d/' }, 'InvalidValidity'],
    ] as const;
    for (const [wishes, code] of refusals) {
      expect((await ask(wishes)).body).toMatchObject({ Code: code });
    }
    expect((await ask(wish({ ExtendedKeyUsages: ['clientAuth'] }))).status).toBe(200);
  });

  it('refuses the key of any authority here', async () => {
    worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined, CA_KEY_SPARE: keyPem('p-256') });
    await createAuthority({ keySource: 'secret:CA_KEY_SPARE' });
    const answer = await ask({ csr: csrPem('p-256-sha256') });
    expect(answer.body).toMatchObject({
      Code: 'InvalidCsr',
      Message: expect.stringContaining("an authority's own"),
    });
  });

  it('issues nothing while that authority is disabled', async () => {
    const id = await createAuthority({});
    const parameters = { InstanceId: await createInstance(worker, { authority: id }) };
    expect((await post(worker, `/api/v1/authorities/${id}/disable`)).status).toBe(200);
    const answer = await ask({ parameters, validity: '1d' });
    expect(answer).toMatchObject({ status: 503, body: { Code: 'ServiceUnavailable' } });
  });
});

describe('an instance', () => {
  it('is refused if it does not exist or is spent', async () => {
    const parameters = { InstanceId: 'cas_deposit-cn-1234abcd' };
    await refuse('InstanceNotFound', /no instance/, { parameters }, 404);
    const InstanceId = await createInstance(worker);
    const path = `/api/v1/external-ca-instances/${InstanceId}/refund`;
    expect(await post(worker, path)).toMatchObject({ status: 200, body: { state: 'REFUND' } });
    expect((await post(worker, path)).status).toBe(409);
    const refunded = await ask({ parameters: { InstanceId } });
    expect(refunded).toMatchObject({ status: 409, body: { Code: 'InstanceAlreadyUsed' } });
  });

  it('certifies one CA, under concurrent calls', async () => {
    const InstanceId = await createInstance(worker);
    const csr = await makeCsr();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => ask({ csr, parameters: { InstanceId } })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.Code === 'InstanceAlreadyUsed')).toHaveLength(49);
    expect(await countRows(worker.db, 'certificates')).toBe(1);
    expect(await countRows(worker.db, 'certificate_identifiers')).toBe(1);
    expect(await listEvents(worker, 'cas.call')).toHaveLength(49);
    const used = await worker.db
      .prepare('SELECT state, serial FROM external_ca_instances WHERE id = ?1')
      .bind(InstanceId)
      .first();
    const [event] = await listEvents(worker, 'certificate.issue');
    expect(used).toEqual({ state: 'USED', serial: event?.target });
  });

  it.each(['before', 'after'] as const)(
    'and its certificate are recorded together or not at all, if D1 fails %s any round trip',
    async (when) => {
      const trips = 4;
      for (let trip = 1; trip <= trips; trip++) {
        worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined });
        const InstanceId = await createInstance(worker);
        const parameters = { InstanceId, Csr: await makeCsr(), Validity: '1y' };
        worker.failAt(trip, when);
        const answer = await call(worker, parameters, { key: ROOT_KEY });
        const state = await worker.db
          .prepare('SELECT state FROM external_ca_instances')
          .first<string>('state');
        const certificates = await countRows(worker.db, 'certificates');
        const events = (await listEvents(worker, 'certificate.issue')).length;
        expect([state, certificates, events]).toEqual(
          state === 'USED' ? ['USED', 1, 1] : ['BUY', 0, 0],
        );
        if (answer.status === 200) expect(state).toBe('USED');
        else expect(answer.body.Code).toBe('ServiceUnavailable');
        // The round trips are: the instance, a slot in a partition, the batch.
        expect(answer.status === 200).toBe(trip === trips);
        if (state === 'BUY') expect((await call(worker, parameters)).status).toBe(200);
      }
    },
  );
});

import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodePem } from '../../../src/asn1/pem.ts';
import { importSigner } from '../../../src/keys/signer.ts';
import { encodeExtension } from '../../../src/x509/certificate/extensions.ts';
import { encodeNameFromText, formatName } from '../../../src/x509/names/names.ts';
import type { CertIdHash } from '../../../src/x509/status/ocsp-request.ts';
import { makeLeaf } from '../../authorities/make-ca.ts';
import { makeCertIdOf, makeNonce, makeOcspRequest } from '../../x509/status/make-ocsp-request.ts';
import { captureLog } from '../live.ts';
import { openOcspWorker } from './live-ocsp.ts';
import { readOcspResponse } from './read-ocsp-response.ts';

captureLog();

const EDGE = 'http://127.0.0.1:8787';
const MALFORMED = 1;
const TRY_LATER = 3;
const UNAUTHORIZED = 6;

let live: Awaited<ReturnType<typeof openOcspWorker>>;
beforeEach(async () => {
  live = await openOcspWorker();
});

describe('POST /ocsp/{authority}', () => {
  it.each<CertIdHash>(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'])(
    'answers good, revoked and unknown for CertIDs by %s',
    async (hash) => {
      const good = await live.issue();
      const revoked = await live.issue();
      await live.revoke(revoked.serialHex, { reason: 'keyCompromise' });
      const ca = await live.findCa();
      const serials = [good.serialHex, revoked.serialHex, 'abcdef'];
      const certIds = await Promise.all(serials.map((serial) => makeCertIdOf(ca, serial, hash)));
      const before = Math.floor(Date.now() / 1000);
      const { response, ocsp } = await live.post('default', makeOcspRequest(certIds));
      expect(response.status).toBe(200);
      expect(response.headers.get('Content-Type')).toBe('application/ocsp-response');
      expect(ocsp.status).toBe(0);
      expect(await ocsp.isSignedBy(ca.certificate.spkiDer)).toBe(true);
      const digest = await crypto.subtle.digest('SHA-1', ca.subjectPublicKey);
      expect(ocsp.keyHashHex).toBe(new Uint8Array(digest).toHex());
      expect(ocsp.certificates).toHaveLength(1);
      expect(ocsp.nonceHex).toBeNull();
      expect(ocsp.singles.map(({ status }) => status)).toEqual(['good', 'revoked', 'unknown']);
      expect(ocsp.singles.map(({ certIdHex }) => certIdHex)).toEqual(
        certIds.map((der) => der.toHex()),
      );
      expect(ocsp.singles.map(({ reason }) => reason)).toEqual([null, 1, null]);
      expect(ocsp.producedAtSeconds).toBeGreaterThanOrEqual(before);
      for (const single of ocsp.singles) {
        expect(single.thisUpdateSeconds).toBe(ocsp.producedAtSeconds);
        expect(single.nextUpdateSeconds).toBe(ocsp.producedAtSeconds + 4 * 3600);
      }
      const cutoff = ocsp.producedAtSeconds - 3650 * 86400;
      expect(ocsp.singles.map((single) => single.archiveCutoffSeconds)).toEqual([
        cutoff,
        cutoff,
        null,
      ]);
      const { revokedAtSeconds } = ocsp.singles[1] ?? {};
      expect(Math.abs((revokedAtSeconds ?? 0) - before)).toBeLessThan(60);
    },
  );

  it('answers for an imported certificate that encodes the name of its issuer differently', async () => {
    await live.issue();
    const ca = await live.findCa();
    const subject = formatName(ca.subjectDer)
      .toLowerCase()
      .replace(/\b(cn|o|c)=/g, (type) => type.toUpperCase());
    const spelled = {
      subjectDer: encodeNameFromText(subject),
      signer: await importSigner(env.CA_KEY),
    };
    const certificate = encodePem('CERTIFICATE', await makeLeaf(spelled, '0b'));
    const body = { certificates: [{ serial: '0b', certificate }] };
    const imported = await live.send('/api/v1/authorities/default/history', { body });
    expect(imported.json).toMatchObject({ certificates: 1 });
    const asSpelled = { ...ca, subjectDer: spelled.subjectDer };
    const foreign = { ...ca, subjectDer: encodeNameFromText('CN=Another CA') };
    for (const [issuer, serial, status] of [
      [asSpelled, 'b', 'good'],
      [asSpelled, 'c', null],
      [foreign, 'b', null],
    ] as const) {
      const certId = await makeCertIdOf(issuer, serial, 'SHA-256');
      const { ocsp } = await live.post('default', makeOcspRequest([certId]));
      if (status === null) expect(ocsp.status).toBe(UNAUTHORIZED);
      else expect(ocsp.singles.map((single) => single.status)).toEqual([status]);
    }
    const certId = await makeCertIdOf(asSpelled, 'b', 'SHA-1');
    const ask = () => live.get('default', makeOcspRequest([certId]));
    expect(readOcspResponse((await ask()).body).singles[0]?.status).toBe('good');
    await live.revoke('b');
    expect(readOcspResponse((await ask()).body).singles[0]?.status).toBe('revoked');
  });

  it('has no reason if none was given', async () => {
    const { serialHex } = await live.issue();
    await live.revoke(serialHex);
    const { ocsp } = await live.post('default', await live.request(serialHex));
    expect(ocsp.singles[0]).toMatchObject({ status: 'revoked', reason: null });
  });

  it('makes one database query for any number of certificates', async () => {
    const serials = [];
    for (let i = 0; i < 4; i++) serials.push((await live.issue()).serialHex);
    const nonce = makeNonce(Uint8Array.of(1, 2, 3, 4));
    const certIds = await Promise.all(serials.map((serial) => live.certId(serial)));
    await live.post('default', makeOcspRequest(certIds, [nonce]));
    const { count } = live.counted.calls;
    const { ocsp } = await live.post('default', makeOcspRequest(certIds, [nonce]));
    expect(ocsp.singles.map(({ status }) => status)).toEqual(Array(4).fill('good'));
    expect(live.counted.calls.count - count).toBe(1);
  });

  it('repeats the nonce, and does not answer a request with a nonce from the edge', async () => {
    const { serialHex } = await live.issue();
    const certId = await live.certId(serialHex);
    for (const byte of [7, 8]) {
      const request = makeOcspRequest([certId], [makeNonce(new Uint8Array(32).fill(byte))]);
      const { ocsp, response } = await live.post('default', request);
      expect(ocsp.nonceHex).toBe(`0420${Uint8Array.of(byte).toHex().repeat(32)}`);
      expect(response.headers.get('Cache-Control')).toBe('no-store');
    }
  });

  it('answers unknown for another issuer beside its own, and unauthorized if all are of other issuers', async () => {
    const { serialHex } = await live.issue();
    const ca = await live.findCa();
    const foreign = await makeCertIdOf({ ...ca, subjectDer: Uint8Array.of(0x30, 0) }, serialHex);
    const otherKey = await makeCertIdOf({ ...ca, subjectPublicKey: new Uint8Array(65) }, serialHex);
    const own = await live.certId(serialHex);
    const mixed = await live.post('default', makeOcspRequest([foreign, own, otherKey]));
    expect(mixed.ocsp.singles.map(({ status }) => status)).toEqual(['unknown', 'good', 'unknown']);
    for (const certId of [foreign, otherKey]) {
      const { ocsp, response } = await live.post('default', makeOcspRequest([certId]));
      expect([response.status, ocsp.status]).toEqual([200, UNAUTHORIZED]);
    }
  });

  it('answers unauthorized for an unknown authority', async () => {
    const { ocsp, response } = await live.post('ca-000000000000', await live.request('ab'));
    expect([response.status, ocsp.status]).toEqual([200, UNAUTHORIZED]);
  });

  it('answers for subordinate CAs; for their certificates, only at their own address', async () => {
    const { json } = await live.send('/api/v1/authorities', {
      body: { name: 'below', subject: 'CN=Below', parent: 'default' },
    });
    const id = String(json.id);
    const sub = await live.post('default', await live.request(String(json.serial)));
    expect(sub.ocsp.singles[0]?.status).toBe('good');
    const leaf = await live.issue(id);
    const own = await live.post(id, await live.request(leaf.serialHex, 'SHA-1', id));
    expect(own.ocsp.singles[0]?.status).toBe('good');
    const elsewhere = await live.post('default', await live.request(leaf.serialHex, 'SHA-1', id));
    expect(elsewhere.ocsp.status).toBe(UNAUTHORIZED);
    await live.send(`/api/v1/authorities/${id}/revoke`, { method: 'POST' });
    const revoked = await live.post('default', await live.request(String(json.serial), 'SHA-512'));
    expect(revoked.ocsp.singles[0]?.status).toBe('revoked');
    // A revoked CA still answers for what it issued.
    const still = await live.post(id, await live.request(leaf.serialHex, 'SHA-512', id));
    expect(still.ocsp.singles[0]?.status).toBe('good');
  });

  it('answers for each generation of an authority at its own address', async () => {
    const old = await live.issue();
    await live.send('/api/v1/authorities/default/rekey', { method: 'POST', body: {} });
    const young = await live.issue();
    const [first, second] = [
      await live.request(old.serialHex),
      await live.request(young.serialHex, 'SHA-1', 'default-2'),
    ];
    expect((await live.post('default', first)).ocsp.singles[0]?.status).toBe('good');
    expect((await live.post('default-2', second)).ocsp.singles[0]?.status).toBe('good');
    expect((await live.post('default-2', first)).ocsp.status).toBe(UNAUTHORIZED);
    expect((await live.post('default', second)).ocsp.status).toBe(UNAUTHORIZED);
  });

  it.each<[string, Uint8Array<ArrayBuffer>, string | null]>([
    ['an empty body', new Uint8Array(), 'application/ocsp-request'],
    ['text', Uint8Array.from(new TextEncoder().encode('hello')), 'application/ocsp-request'],
    ['a large body', new Uint8Array(9000), 'application/ocsp-request'],
    ['another content type', new Uint8Array(20), 'application/json'],
  ])('answers malformedRequest for %s', async (_, body, type) => {
    const headers = new Headers(type === null ? {} : { 'Content-Type': type });
    const { response, body: answer } = await live.ask('/ocsp/default', {
      method: 'POST',
      headers,
      body,
    });
    expect([response.status, readOcspResponse(answer).status]).toEqual([200, MALFORMED]);
  });

  it('answers malformedRequest for an unknown critical extension', async () => {
    const extension = encodeExtension('1.2.3.4', true, Uint8Array.of(5, 0));
    const request = makeOcspRequest([await live.certId('ab')], [extension]);
    expect((await live.post('default', request)).ocsp.status).toBe(MALFORMED);
  });

  it('accepts a request without a content type', async () => {
    const { serialHex } = await live.issue();
    const body = await live.request(serialHex);
    const { body: answer } = await live.ask('/ocsp/default', { method: 'POST', body });
    expect(readOcspResponse(answer).singles[0]?.status).toBe('good');
  });

  it('answers tryLater if the database fails', async () => {
    const { serialHex } = await live.issue();
    const request = await live.request(serialHex, 'SHA-384');
    await live.post('default', request);
    live.counted.failAt(1, 'before');
    const { ocsp, response } = await live.post('default', request);
    expect([response.status, ocsp.status]).toEqual([200, TRY_LATER]);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
  });

  it('ends after the configured lifetime, but not after the CA certificate', async () => {
    const short = await openOcspWorker({ OCSP_LIFETIME_SECONDS: '600', RETENTION_DAYS: '10' });
    const { serialHex } = await short.issue();
    const { ocsp } = await short.post('default', await short.request(serialHex, 'SHA-384'));
    const [single] = ocsp.singles;
    expect((single?.nextUpdateSeconds ?? 0) - ocsp.producedAtSeconds).toBe(600);
    expect(ocsp.producedAtSeconds - (single?.archiveCutoffSeconds ?? 0)).toBe(864000);
    const ending = await openOcspWorker({
      OCSP_LIFETIME_SECONDS: String(30 * 86400),
      CA_VALIDITY_DAYS: '1',
    });
    const leaf = await ending.issue();
    const ca = await ending.findCa();
    const last = await ending.post('default', await ending.request(leaf.serialHex, 'SHA-384'));
    expect(last.ocsp.singles[0]?.nextUpdateSeconds).toBe(ca.certificate.notAfterSeconds);
  });
});

describe('GET /ocsp/{authority}/…', () => {
  it('accepts every spelling of the request', async () => {
    // Keys differ in each run, so look for a serial number whose request contains + and /.
    const ca = await live.findCa();
    let base64 = '';
    for (
      let n = 1;
      !(base64.includes('+') && /\/.*\/\//.test(base64) && base64.endsWith('='));
      n++
    ) {
      const serial = `${n.toString(16)}fffbfffbeffbefbeff`;
      base64 = makeOcspRequest([await makeCertIdOf(ca, serial, 'SHA-512')]).toBase64();
      if (n > 3000) throw new Error('no such request');
    }
    const spellings = [
      base64,
      encodeURIComponent(base64),
      encodeURIComponent(encodeURIComponent(base64)),
      base64.replaceAll('+', '%2B'),
      base64.replaceAll('+', '%2b').replaceAll('/', '%2f').replaceAll('=', '%3d'),
      base64.replaceAll('+', '%20'),
      base64.replace(/=+$/, ''),
      base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
      `/${base64}`,
      `//${encodeURIComponent(base64)}`,
      `${base64.slice(0, 64)}%0A${base64.slice(64)}`,
    ];
    for (const spelling of spellings) {
      const { response, body } = await live.ask(`/ocsp/default/${spelling}`);
      expect(response.status).toBe(200);
      expect([spelling, readOcspResponse(body).status]).toEqual([spelling, 0]);
    }
  });

  it.each(['MA', '!!!!', '%', '%E0%A4%A', 'A'.repeat(13_000)])(
    'answers malformedRequest for %.20s',
    async (text) => {
      const { response, body } = await live.ask(`/ocsp/default/${text}`);
      expect([response.status, readOcspResponse(body).status]).toEqual([200, MALFORMED]);
    },
  );

  it('has the headers of RFC 5019, and supports 304 and HEAD', async () => {
    const { serialHex } = await live.issue();
    const der = await live.request(serialHex);
    const { response, body } = await live.get('default', der);
    const { singles } = readOcspResponse(body);
    const etag = response.headers.get('ETag') ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(response.headers.get('Content-Type')).toBe('application/ocsp-response');
    expect(response.headers.get('Content-Length')).toBe(String(body.length));
    // 14400 s, less a twentieth, less its time at the edge.
    const [, maxAge] =
      /^public, no-transform, must-revalidate, max-age=(\d+), s-maxage=60$/.exec(
        response.headers.get('Cache-Control') ?? '',
      ) ?? [];
    expect(Number(maxAge)).toBeGreaterThan(14400 - 720 - 60 - 5);
    expect(Number(maxAge)).toBeLessThanOrEqual(14400 - 720 - 60);
    expect(response.headers.get('Last-Modified')).toBe(
      new Date((singles[0]?.thisUpdateSeconds ?? 0) * 1000).toUTCString(),
    );
    expect(response.headers.get('Expires')).toBe(
      new Date((singles[0]?.nextUpdateSeconds ?? 0) * 1000).toUTCString(),
    );
    expect(response.headers.get('Cache-Tag')).toBe(`ocsp-default,ocsp-default-${serialHex}`);
    const known = await live.get('default', der, { 'If-None-Match': etag });
    expect([known.response.status, known.body.length]).toEqual([304, 0]);
    const other = await live.get('default', der, { 'If-None-Match': '"other"' });
    expect(other.response.status).toBe(200);
    const head = await live.ask(`/ocsp/default/${encodeURIComponent(der.toBase64())}`, {
      method: 'HEAD',
    });
    expect([head.response.status, head.body.length]).toEqual([200, 0]);
    expect(head.response.headers.get('ETag')).toBe(etag);
  });
});

describe('OCSP responses at the edge', () => {
  it('are shared by every spelling of GET and by POST, without a query', async () => {
    const { serialHex } = await live.issue();
    const der = await live.request(serialHex);
    const first = await live.post('default', der);
    const { count } = live.counted.calls;
    const spelled = der.toBase64().replaceAll('+', '-').replaceAll('/', '_');
    for (const answer of [
      await live.get('default', der),
      await live.ask(`/ocsp/default/${spelled}`),
      await live.post('default', der),
    ]) {
      expect(answer.body).toEqual(first.body);
      expect(answer.response.headers.get('Content-Type')).toBe('application/ocsp-response');
    }
    expect(live.counted.calls.count).toBe(count);
  });

  it.each(['SHA-1', 'SHA-256'] as const)('show a revocation at once, asked by %s', async (hash) => {
    const { serialHex } = await live.issue();
    const der = await live.request(serialHex, hash);
    expect(readOcspResponse((await live.get('default', der)).body).singles[0]?.status).toBe('good');
    await live.revoke(serialHex);
    expect(readOcspResponse((await live.get('default', der)).body).singles[0]?.status).toBe(
      'revoked',
    );
  });

  it('are not cached for unknown certificates or rare hashes', async () => {
    const { serialHex } = await live.issue();
    for (const der of [await live.request('abcdef'), await live.request(serialHex, 'SHA-384')]) {
      const first = await live.get('default', der);
      expect(first.response.headers.get('Cache-Control')).toBe('no-store');
      const { count } = live.counted.calls;
      await live.get('default', der);
      expect(live.counted.calls.count).toBeGreaterThan(count);
    }
  });

  it('are not cached if EDGE_TTL_SECONDS is 0, but clients may cache them', async () => {
    const bare = await openOcspWorker({ EDGE_TTL_SECONDS: '0' });
    const { serialHex } = await bare.issue();
    const der = await bare.request(serialHex);
    const { response } = await bare.get('default', der);
    expect(response.headers.get('Cache-Control')).toMatch(/max-age=13\d{3}, s-maxage=0$/);
    const { count } = bare.counted.calls;
    await bare.get('default', der);
    expect(bare.counted.calls.count).toBe(count + 1);
  });

  it('have one cache key for all spellings', async () => {
    const { serialHex } = await live.issue();
    await live.get('default', await live.request(serialHex));
    const certId = await live.certId(serialHex);
    const text = certId.toBase64({ alphabet: 'base64url', omitPadding: true });
    const stored = await caches.default.match(`${EDGE}/ocsp/default/${text}`);
    expect(stored?.status).toBe(200);
    await stored?.body?.cancel();
  });
});

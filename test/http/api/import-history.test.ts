import { describe, expect, it } from 'vitest';
import { encodePem } from '../../../src/asn1/pem.ts';
import type { ImportedHistory } from '../../../src/authorities/history.ts';
import { SignetError } from '../../../src/errors.ts';
import { BASIC, createFakeServices, pemToDer, send } from '../fakes.ts';
import { LEAF_PEM } from '../fixtures/certificates.ts';

const PATH = '/api/v1/authorities/default/history';
const CRL_DER = Uint8Array.of(0x30, 0x00);

async function post(body: unknown, path = PATH, headers: Record<string, string> = {}) {
  const taken: ImportedHistory[] = [];
  const { services, calls } = await createFakeServices({
    async importHistory(authorityId, history) {
      if (authorityId !== 'default') throw new SignetError('authority-not-found', 'No.');
      taken.push(history);
      return { certificates: 3, revocations: 2 };
    },
  });
  const { response, line } = await send(services, path, {
    method: 'POST',
    headers: { Authorization: BASIC, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answer: Record<string, unknown> = await response.json();
  return { response, answer, line, calls, taken: taken[0] };
}

describe('POST /api/v1/authorities/{authority}/history', () => {
  it('passes the whole history to the domain', async () => {
    const { response, answer, line, taken } = await post({
      uniqueSubject: true,
      crl: `text\n${encodePem('X509 CRL', CRL_DER)}`,
      lastCrlNumber: 4096,
      certificates: [
        { serial: '00:0A:01', certificate: `Certificate:\n${LEAF_PEM}` },
        {
          serial: 'FF',
          subject: '/CN=a',
          notAfter: '2030-01-01T00:00:00Z',
          revocation: {
            revokedAt: '2026-01-01T01:00:00+01:00',
            reason: 'certificateHold',
            invalidityDate: '2025-12-31T00:00:00Z',
          },
        },
        {
          serial: '00',
          notAfter: '2030-01-01T00:00:00Z',
          revocation: { revokedAt: '2026-01-01T00:00:00Z' },
        },
      ],
    });
    expect(response.status).toBe(200);
    expect(answer).toEqual({ certificates: 3, revocations: 2 });
    expect(line.message).toBe('imported 3 certificates, 2 revocations');
    expect(taken).toEqual({
      uniqueSubject: true,
      crlDer: CRL_DER,
      lastCrlNumber: 4096,
      certificates: [
        {
          serialHex: 'a01',
          certificateDer: pemToDer(LEAF_PEM),
          subject: '',
          notAfterSeconds: null,
          revocation: null,
        },
        {
          serialHex: 'ff',
          certificateDer: null,
          subject: '/CN=a',
          notAfterSeconds: Date.UTC(2030, 0) / 1000,
          revocation: {
            revokedAtSeconds: Date.UTC(2026, 0) / 1000,
            reason: 6,
            invalidityDateSeconds: Date.UTC(2025, 11, 31) / 1000,
          },
        },
        {
          serialHex: '0',
          certificateDer: null,
          subject: '',
          notAfterSeconds: Date.UTC(2030, 0) / 1000,
          revocation: {
            revokedAtSeconds: Date.UTC(2026, 0) / 1000,
            reason: 0,
            invalidityDateSeconds: null,
          },
        },
      ],
    });
  });

  it('accepts a part with only a CRL number', async () => {
    const { taken } = await post({ lastCrlNumber: 7 });
    expect(taken).toEqual({
      uniqueSubject: false,
      crlDer: null,
      lastCrlNumber: 7,
      certificates: [],
    });
  });

  const bare = { serial: 'A1', notAfter: '2030-01-01T00:00:00Z' };
  const revoked = (changes: object) => ({
    certificates: [{ ...bare, revocation: { revokedAt: '2026-01-01T00:00:00Z', ...changes } }],
  });
  it.each<[string, unknown, RegExp]>([
    ['no object', [], /JSON object/],
    ['an unknown field', { certs: [] }, /'certs'/],
    ['certificates that are no array', { certificates: {} }, /array of at most 500/],
    ['501 certificates', { certificates: Array(501).fill(bare) }, /at most 500/],
    ['a certificate that is no object', { certificates: [bare, 'x'] }, /certificates\[1\]/],
    ['no serial', { certificates: [bare, {}] }, /certificates\[1\]: 'serial'/],
    [
      'a serial that is not hex',
      { certificates: [{ ...bare, serial: 'xy' }] },
      /certificates\[0\]/,
    ],
    ['a serial over 20 octets', { certificates: [{ ...bare, serial: 'a'.repeat(41) }] }, /serial/],
    [
      'neither certificate nor notAfter',
      { certificates: [{ serial: 'A1' }] },
      /serial a1: 'notAfter'/,
    ],
    [
      'an unknown field in a certificate',
      { certificates: [{ ...bare, expires: 1 }] },
      /certificates\[0\].*'expires'/,
    ],
    [
      'a time that is none',
      { certificates: [{ ...bare, notAfter: 'soon' }] },
      /serial a1: 'notAfter'/,
    ],
    [
      'a time before 1970',
      revoked({ revokedAt: '1969-12-31T23:59:59Z' }),
      /a1: 'revokedAt' .*1970/,
    ],
    [
      'a revocation that is no object',
      { certificates: [{ ...bare, revocation: 1 }] },
      /'revocation'/,
    ],
    ['no revokedAt', { certificates: [{ ...bare, revocation: {} }] }, /a1: 'revokedAt'/],
    [
      'a reason that is none',
      revoked({ reason: 'removeFromCRL' }),
      /a1: 'reason'.*certificateHold/,
    ],
    ['a reason of every object', revoked({ reason: 'toString' }), /a1: 'reason'/],
    [
      'a subject with a line break',
      { certificates: [{ ...bare, subject: 'a\nb' }] },
      /a1: 'subject'/,
    ],
    [
      'a subject that is too long',
      { certificates: [{ ...bare, subject: 'a'.repeat(2049) }] },
      /a1: 'subject'/,
    ],
    ['a negative number', { lastCrlNumber: -1 }, /'lastCrlNumber'/],
    ['half a number', { lastCrlNumber: 0.5 }, /'lastCrlNumber'/],
    ['a number in text', { lastCrlNumber: '5' }, /'lastCrlNumber'/],
    ['uniqueSubject in text', { uniqueSubject: 'yes' }, /'uniqueSubject'/],
    [
      'a certificate without PEM',
      { certificates: [{ ...bare, certificate: 'x' }] },
      /a1: 'certificate'/,
    ],
    [
      'two certificates in one',
      { certificates: [{ ...bare, certificate: LEAF_PEM + LEAF_PEM }] },
      /exactly one/,
    ],
    [
      'a list in place of a certificate',
      { certificates: [{ ...bare, certificate: encodePem('X509 CRL', CRL_DER) }] },
      /a1: .*CERTIFICATE/,
    ],
    [
      'broken PEM',
      { crl: encodePem('X509 CRL', CRL_DER).replace('END', 'BEND') },
      /'crl' is broken/,
    ],
  ])('refuses %s and names the place', async (_, body, message) => {
    const { response, answer, taken } = await post(body);
    expect(response.status).toBe(400);
    expect(answer.detail).toMatch(message);
    expect(taken).toBeUndefined();
  });

  it('accepts a body of at most 1 MiB', async () => {
    const fits = JSON.stringify({ lastCrlNumber: 1 }).padEnd(1024 * 1024);
    expect((await post(fits)).response.status).toBe(200);
    expect((await post(`${fits} `)).response.status).toBe(413);
  });

  it('requires credentials and an existing authority', async () => {
    const { response, taken } = await post({}, PATH, { Authorization: 'Basic eDp5' });
    expect(response.status).toBe(401);
    expect(taken).toBeUndefined();
    expect((await post({}, PATH.replace('default', 'other'))).response.status).toBe(404);
  });

  it('answers a conflict with 409', async () => {
    const { services } = await createFakeServices({
      async importHistory() {
        throw new SignetError('import-conflict', 'Other certificates.', { field: 'certificates' });
      },
    });
    const init = { method: 'POST', headers: { Authorization: BASIC }, body: '{}' };
    expect((await send(services, PATH, init)).response.status).toBe(409);
  });
});

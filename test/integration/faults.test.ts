import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { csrPem } from '../fixtures.ts';
import { sealEnvelope } from '../http/openssl-ca/seal-envelope.ts';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { countRows } from '../store/database.ts';
import { AUTHORIZATION, issueBody, openWorker, type TestWorker } from './worker.ts';

const SECRET = { mode: 'cfb8', padded: true, secret: env.OPENSSL_CA_SECRET } as const;
const MOMENTS = ['before', 'after'] as const;
/** More round trips than any operation here needs. */
const MOST_TRIPS = 5;

let log: string[];
beforeEach(() => {
  log = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void log.push(String(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function sign(worker: TestWorker) {
  const csr_body = await sealEnvelope(
    await makeCsrPem({ subject: [commonName(`${crypto.randomUUID()}.test`)] }),
    SECRET,
  );
  return worker.send('/api/ca/sign', { method: 'POST', body: JSON.stringify({ csr_body }) });
}

function issue(worker: TestWorker) {
  return worker.send('/api/v1/certificates', issueBody(csrPem('p-384')));
}

/** Returns whether `text` has a certificate. If it has, checks that its row and its event exist. */
async function expectRecorded(worker: TestWorker, text: string): Promise<boolean> {
  const json = text.startsWith('{') ? JSON.parse(text) : {};
  const pem = typeof json.cert === 'string' ? json.cert : text;
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) return false;
  const [, body = ''] = /BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem) ?? [];
  const row = await worker.db
    .prepare(
      "SELECT COUNT(*) AS n FROM certificates JOIN audit_events ON target = serial AND action = 'certificate.issue' AND outcome = 'done' WHERE certificate = ?",
    )
    .bind(body.replace(/\s/g, ''))
    .first<number>('n');
  expect(row).toBe(1);
  return true;
}

describe.each([
  ['the openssl-ca dialect', sign],
  ['the API', issue],
] as const)('a certificate from %s', (_, request) => {
  it.each(MOMENTS)(
    'is never returned without its record if D1 fails %s any round trip',
    async (when) => {
      const warm = await openWorker();
      await issue(warm);
      for (const isWarm of [true, false]) {
        const outcomes: boolean[] = [];
        for (let trip = 1; trip <= MOST_TRIPS; trip++) {
          const worker = isWarm ? warm : await openWorker();
          const certificates = await countRows(worker.db, 'certificates');
          worker.failAt(trip, when);
          const { response, text } = await request(worker);
          const out = await expectRecorded(worker, text);
          outcomes.push(out);
          expect(response.status).not.toBe(500);
          expect(text).not.toMatch(/injected|D1_ERROR|Network/);
          if (!out && when === 'before') {
            expect(await countRows(worker.db, 'certificates')).toBe(certificates);
          }
        }
        // The fault hits the first request, and comes too late for the last one.
        expect([outcomes[0], outcomes.at(-1)]).toEqual([false, true]);
      }
    },
  );

  it('is not returned if the batch fails in the middle', async () => {
    const worker = await openWorker();
    await issue(worker);
    await worker.db.prepare('ALTER TABLE audit_events RENAME TO gone').run();
    const { text } = await request(worker);
    expect(text).not.toContain('BEGIN CERTIFICATE');
    expect(await countRows(worker.db, 'certificates')).toBe(1);
    expect(await countRows(worker.db, 'subject_holders')).toBe(0);
    expect(log.at(-1)).toContain('audit_events');
  });
});

describe('a revocation', () => {
  it.each(MOMENTS)(
    'is answered with success only if it is recorded, if D1 fails %s any round trip',
    async (when) => {
      const outcomes: boolean[] = [];
      for (let trip = 1; trip <= MOST_TRIPS; trip++) {
        const worker = await openWorker();
        const issued = await issue(worker);
        const location = issued.response.headers.get('Location') ?? '';
        worker.failAt(trip, when);
        const path = location.replace('?', '/revoke?');
        const init = { method: 'POST', headers: { Authorization: AUTHORIZATION } };
        const { response } = await worker.send(path, init);
        outcomes.push(response.status === 200);
        expect([200, 503]).toContain(response.status);
        const rows = await countRows(worker.db, 'revocations');
        if (response.status === 200) expect(rows).toBe(1);
        else if (when === 'before') expect(rows).toBe(0);
      }
      expect(new Set(outcomes)).toEqual(new Set([true, false]));
    },
  );
});

describe('a download', () => {
  it('is a 503 in the form of its dialect if D1 fails, and works again afterwards', async () => {
    for (const path of ['/crl/default.crl', '/api/ca/crl', '/ca/default.crt', '/api/ca/cacert']) {
      const worker = await openWorker();
      worker.failAt(1, 'before');
      const { response, text } = await worker.send(path);
      expect(response.status).toBe(503);
      expect(() => JSON.parse(text)).not.toThrow();
      expect(response.headers.get('Cache-Control')).toBe('no-store');
      expect((await worker.send(path)).response.status).toBe(200);
    }
  });
});

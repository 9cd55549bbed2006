import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { AUTHORIZATION, openWorker, type TestWorker } from './worker.ts';

let log: Record<string, unknown>[];
beforeEach(() => {
  log = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void log.push(JSON.parse(String(line))));
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

async function issue(worker: TestWorker): Promise<number> {
  const headers = { Authorization: AUTHORIZATION };
  const init = {
    method: 'POST',
    headers,
    body: await makeCsrPem({ subject: [commonName('host.test')] }),
  };
  return (await worker.send('/api/v1/certificates', init)).response.status;
}

async function makeEmptyDatabase(): Promise<D1Database> {
  const { db } = await openWorker();
  const { results } = await db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  await db.prepare('PRAGMA defer_foreign_keys = true').run();
  for (const { name } of results) {
    if (!/^(sqlite|_cf)_/.test(String(name))) await db.prepare(`DROP TABLE "${name}"`).run();
  }
  return db;
}

const OTHER_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
-----END PRIVATE KEY-----`;

describe('GET /healthz', () => {
  it('names the wrong secret and the reason in the log', async () => {
    const first = await openWorker();
    expect(await issue(first)).toBe(201);
    for (const [changes, reason] of [
      [{ CA_KEY: OTHER_KEY }, /CA_KEY does not belong to the certificate of authority 'default'/],
      [{ CA_KEY: 'not PEM' }, /^CA_KEY: /],
      [{ CA_KEY: '' }, /^CA_KEY is not set\.$/],
      [{ SEALING_KEY: 'short' }, /^SEALING_KEY must be 32 bytes in base64\.$/],
      [{ ROOT_ACCESS_KEY_ID: '', ROOT_ACCESS_KEY_SECRET: '' }, /^ROOT_ACCESS_KEY_ID and ROOT_/],
    ] as const) {
      const { response, text } = await (await openWorker(changes, first.db)).send('/healthz');
      expect(response.status).toBe(503);
      expect(log.at(-1)).toMatchObject({ level: 'error', error: expect.stringMatching(reason) });
      for (const name of Object.keys(changes)) expect(text).not.toContain(name);
    }
  });

  it('says that the database has no tables, and so does every other request', async () => {
    const worker = await openWorker({}, await makeEmptyDatabase());
    const reason = expect.stringMatching(
      /^(Error: )?The database has no tables, or only those of another version\. Run `npm start`/,
    );
    expect(JSON.parse((await worker.send('/healthz')).text)).toMatchObject({
      secrets: true,
      database: false,
    });
    expect(log.at(-1)).toMatchObject({ level: 'error', error: reason });
    expect(await issue(worker)).toBe(503);
    expect(log.at(-1)).toMatchObject({ level: 'error', error: reason });
  });

  it('warns if the newest certificate names another address than the current one', async () => {
    const first = await openWorker();
    expect(await issue(first)).toBe(201);
    await first.send('/healthz');
    expect(log.at(-1)).toMatchObject({ level: 'info', message: 'healthy' });
    const moved = await openWorker({ PUBLICATION_URL: 'http://127.0.0.1:9000' }, first.db);
    expect((await moved.send('/healthz')).response.status).toBe(200);
    expect(log.at(-1)).toMatchObject({
      level: 'warn',
      message: expect.stringContaining(`name ${env.PUBLICATION_URL} for their CRL and OCSP`),
    });
  });

  it('warns if SEALING_KEY is not set', async () => {
    const worker = await openWorker({ SEALING_KEY: '' });
    expect((await worker.send('/healthz')).response.status).toBe(200);
    const message = expect.stringContaining('SEALING_KEY is not set');
    expect(log.at(-1)).toMatchObject({ level: 'warn', message });
  });

  it('warns at the first request, too, if a local server answers at another port', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const worker = await openWorker();
    for (let count = 0; count < 2; count++)
      await worker.send('http://127.0.0.1:9000/ca/default.crt');
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('new certificates name http://127.0.0.1:8787')],
    ]);
    warn.mockRestore();
  });

  it('warns if a local server answers at another port than certificates will name', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const worker = await openWorker();
    await worker.send('http://127.0.0.1:9000/healthz');
    expect(log.at(-1)).toMatchObject({
      level: 'warn',
      message: expect.stringContaining('PUBLICATION_URL'),
    });
    await worker.send('http://localhost:8787/healthz');
    expect(log.at(-1)).toMatchObject({ level: 'info' });
  });
});

describe('the start page', () => {
  it("shows the CA's name, fingerprint and expiry, and links the API page", async () => {
    const worker = await openWorker({ CA_SUBJECT: 'CN=R&D \\<Root\\>,O=Example' });
    const { response, text, bytes } = await worker.send('/');
    expect(response.status).toBe(200);
    expect(text).toContain('CN=R&amp;D \\&lt;Root\\&gt;,O=Example');
    const root = await worker.send('/ca/default.crt');
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(root.bytes)));
    expect(text).toContain(hash.toHex().toUpperCase().match(/../g)?.join(':'));
    expect(text).toMatch(/20\d\d-\d\d-\d\d/);
    expect(text.match(/href="\/api\/docs\/"/g)).toHaveLength(2);
    expect(text).toContain('It runs.');
    expect(bytes.length).toBeLessThan(10_000);
  });

  it('says what is missing instead of "It runs"', async () => {
    const noSecrets = await openWorker({ CA_KEY: '', ROOT_ACCESS_KEY_ID: '' });
    const none = {
      CA_KEY: '',
      ROOT_ACCESS_KEY_ID: '',
      ROOT_ACCESS_KEY_SECRET: '',
      SEALING_KEY: '',
    };
    const noKeys = await openWorker(none, await makeEmptyDatabase());
    const noTables = await openWorker({}, await makeEmptyDatabase());
    for (const [worker, reason] of [
      [noSecrets, /CA_KEY is not set\.[\s\S]*npm run secrets -- --dev/],
      [noKeys, /CA_KEY is not set\.[\s\S]*ROOT_ACCESS_KEY_ID[\s\S]*SEALING_KEY is not set/],
      [noTables, /The database has no tables[\s\S]*wrangler d1 migrations apply signet --local/],
    ] as const) {
      const { text } = await worker.send('http://127.0.0.1:8787/');
      expect(text).toMatch(reason);
      expect(text).not.toMatch(/It runs|正在运行/);
      expect(text).toContain('不能正常工作');
      const remote = await worker.send('https://ca.example.com/');
      expect(remote.text).not.toContain('CA_KEY');
      expect(remote.text).not.toMatch(/It runs|no tables/);
    }
  });
});

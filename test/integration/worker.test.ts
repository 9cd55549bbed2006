import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { csrPem } from '../fixtures.ts';
import { countRows } from '../store/database.ts';
import { AUTHORIZATION, issueBody, openWorker } from './worker.ts';

let log: Record<string, unknown>[];
beforeEach(() => {
  log = [];
  const write = (line: unknown) => void log.push(JSON.parse(String(line)));
  vi.spyOn(console, 'log').mockImplementation(write);
  vi.spyOn(console, 'error').mockImplementation(write);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const CSR = csrPem('p-384');
const asRoot = { headers: { Authorization: AUTHORIZATION } };

describe('the Worker', () => {
  it('makes exactly one authority for concurrent first requests', async () => {
    const worker = await openWorker();
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => worker.send('/api/v1/certificates', issueBody(CSR))),
      ...Array.from({ length: 10 }, () => worker.send('/ca/default.crt')),
    ]);
    expect(answers.map(({ response }) => response.status)).toEqual([
      ...Array.from({ length: 10 }, () => 201),
      ...Array.from({ length: 10 }, () => 200),
    ]);
    expect(new Set(answers.slice(10).map(({ text }) => text)).size).toBe(1);
    expect(await countRows(worker.db, 'authorities')).toBe(1);
  });

  it('issues a certificate in one D1 round trip once it is warm', async () => {
    const worker = await openWorker();
    await worker.send('/api/v1/certificates', issueBody(CSR));
    worker.calls.count = 0;
    await worker.send('/api/v1/certificates', issueBody(CSR));
    expect(worker.calls.count).toBe(1);
  });

  it('seals audit events on cron and detects a changed one', async () => {
    const worker = await openWorker();
    await worker.send('/api/v1/certificates', issueBody(CSR));
    await worker.runScheduled();
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(log.filter(({ job }) => job === 'seal-audit')).toHaveLength(1);
    const { text } = await worker.send('/api/v1/audit/verify', asRoot);
    expect(JSON.parse(text)).toMatchObject({ ok: true, verifiedThrough: 2 });
    const { events } = JSON.parse((await worker.send('/api/v1/audit', asRoot)).text);
    expect(events.map(({ action }: { action: string }) => action)).toEqual([
      'authority.create',
      'certificate.issue',
    ]);

    await worker.db.prepare("UPDATE audit_events SET actor = 'changed' WHERE position = 2").run();
    const tampered = await worker.send('/api/v1/audit/verify', asRoot);
    expect(JSON.parse(tampered.text)).toMatchObject({ ok: false, firstBadPosition: 2 });
  });

  it('refuses a key that was revoked for keyCompromise', async () => {
    const worker = await openWorker();
    const issued = await worker.send('/api/v1/certificates', issueBody(CSR));
    const location = issued.response.headers.get('Location') ?? '';
    const revoked = await worker.send(location.replace('?', '/revoke?'), {
      method: 'POST',
      ...asRoot,
      body: JSON.stringify({ reason: 'keyCompromise' }),
    });
    expect(revoked.response.status).toBe(200);
    const again = await worker.send('/api/v1/certificates', issueBody(CSR));
    expect(again.response.status).toBe(400);
    expect(JSON.parse(again.text)).toMatchObject({ code: 'key-compromised' });
    expect(await countRows(worker.db, 'certificates')).toBe(1);
  });

  it('signs nothing while a setting is invalid, names it only in the log, and serves the rest', async () => {
    const worker = await openWorker();
    await worker.send('/ca/default.crt');
    const broken = await openWorker({ CA_VALIDITY_DAYS: 'many' });
    const answer = await broken.send('/api/v1/certificates', issueBody(CSR));
    expect(answer.response.status).toBe(503);
    expect(answer.text).not.toContain('CA_VALIDITY_DAYS');
    expect(JSON.stringify(log)).toContain('CA_VALIDITY_DAYS must be a whole number');
    const health = await broken.send('/healthz');
    expect(health.response.status).toBe(503);
    expect(JSON.parse(health.text)).toEqual({
      secrets: false,
      database: true,
      authority: false,
      audit: true,
    });
    expect(await countRows(broken.db, 'authorities')).toBe(0);
  });

  it.each([
    ['CA_KEY', 'not PEM', /CA_KEY: /],
    ['CA_KEY', undefined, /CA_KEY is not set/],
    ['CA_CERT', 'not PEM', /CA_CERT/],
    ['CA_SUBJECT', 'not a name', /CA_SUBJECT/],
    ['OPENSSL_CA_SECRET', 'short', /OPENSSL_CA_SECRET must be exactly 32/],
  ])('names %s in the log if it is %j', async (name, value, reason) => {
    const worker = await openWorker({ [name]: value });
    const { response, text } = await worker.send('/api/v1/certificates', issueBody(CSR));
    expect(response.status).toBe(503);
    expect(text).not.toContain(name);
    expect(log.map(({ message, error }) => `${message} ${error}`).join('\n')).toMatch(reason);
    expect(await countRows(worker.db, 'certificates')).toBe(0);
  });
});

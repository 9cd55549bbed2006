import { beforeEach, describe, expect, it } from 'vitest';
import { countRows } from '../../store/database.ts';
import { CSR_PEM } from '../fixtures/certificates.ts';
import { captureLog, type LiveWorker, openWorker, type Sending } from '../live.ts';

captureLog();

const KEYED = { 'Idempotency-Key': 'a-key' };
const ACCOUNT: Sending = { body: { name: 'an account' }, headers: KEYED };

describe('Idempotency-Key', () => {
  let live: LiveWorker;
  beforeEach(async () => {
    live = await openWorker();
  });

  it.each([
    ['/api/v1/accounts', { name: 'a' }, 'accounts'],
    ['/api/v1/access-keys', { name: 'a', scopes: ['*'] }, 'access_keys'],
    ['/api/v1/certificates', CSR_PEM, 'certificates'],
  ])('answers a repeated POST %s without repeating it', async (path, body, table) => {
    const before = await countRows(live.db, table);
    const first = await live.send(path, { body, headers: KEYED });
    const events = await countRows(live.db, 'audit_events');
    const second = await live.send(path, { body, headers: KEYED });
    expect(first.status).toBe(201);
    expect([second.status, second.text]).toEqual([first.status, first.text]);
    for (const name of ['Content-Type', 'Location']) {
      expect(second.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(first.headers.get('Idempotency-Replayed')).toBeNull();
    expect(second.headers.get('Idempotency-Replayed')).toBe('true');
    expect(await countRows(live.db, table)).toBe(before + 1);
    expect(await countRows(live.db, 'audit_events')).toBe(events);
    const { results } = await live.db.prepare('SELECT * FROM idempotency_keys').all();
    expect(results).toHaveLength(1);
    const { secret = first.text } = first.json;
    expect(JSON.stringify(results)).not.toContain(String(secret).slice(0, 30));
  });

  it('repeats the work for another key, another account and without a key', async () => {
    const { basic } = await live.createKey(['*']);
    const other = await live.createAccount();
    const { basic: stranger } = await live.createKey(['*'], other);
    const before = await countRows(live.db, 'access_keys');
    const body = { name: 'k', scopes: ['*'] };
    for (const sending of [
      { headers: KEYED, as: basic },
      { headers: { 'Idempotency-Key': 'b-key' }, as: basic },
      { headers: KEYED, as: stranger },
      { as: basic },
      { as: basic },
    ]) {
      expect((await live.send('/api/v1/access-keys', { body, ...sending })).status).toBe(201);
    }
    expect(await countRows(live.db, 'access_keys')).toBe(before + 5);
  });

  it('answers 409 for the same key with another body, path or access key', async () => {
    const { basic } = await live.createKey(['*']);
    await live.send('/api/v1/accounts', ACCOUNT);
    const before = await live.countAll();
    for (const [path, sending] of [
      ['/api/v1/accounts', { ...ACCOUNT, body: { name: 'another' } }],
      ['/api/v1/accounts?a=b', ACCOUNT],
      ['/api/v1/access-keys', ACCOUNT],
      ['/api/v1/accounts', { ...ACCOUNT, as: basic }],
    ] as const) {
      const { status, json } = await live.send(path, sending);
      expect([status, json.code]).toEqual([409, 'idempotency-conflict']);
    }
    expect(await live.countAll()).toEqual(before);
  });

  it('lets one of many concurrent requests do the work', async () => {
    const before = await countRows(live.db, 'accounts');
    const all = await Promise.all(
      Array.from({ length: 20 }, () => live.send('/api/v1/accounts', ACCOUNT)),
    );
    const created = all.filter(({ status }) => status === 201);
    expect(created.length).toBeGreaterThan(0);
    expect(new Set(created.map(({ text }) => text)).size).toBe(1);
    expect(all.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    expect(await countRows(live.db, 'accounts')).toBe(before + 1);
  });

  it('can be used again after a refused request', async () => {
    const refused = await live.send('/api/v1/accounts', { body: {}, headers: KEYED });
    expect(refused.status).toBe(400);
    expect(await countRows(live.db, 'idempotency_keys')).toBe(0);
    expect((await live.send('/api/v1/accounts', ACCOUNT)).status).toBe(201);
  });

  it.each(['before', 'after'] as const)(
    'never repeats the work if D1 fails %s its batch',
    async (when) => {
      const before = await countRows(live.db, 'accounts');
      live.counted.failAt(2, when);
      expect((await live.send('/api/v1/accounts', ACCOUNT)).status).toBe(503);
      const again = await live.send('/api/v1/accounts', ACCOUNT);
      expect([again.status, again.json.code]).toEqual([409, 'idempotency-conflict']);
      expect(await countRows(live.db, 'accounts')).toBe(before + (when === 'after' ? 1 : 0));
    },
  );

  it('returns the answer even if it cannot be kept', async () => {
    const before = await countRows(live.db, 'accounts');
    live.counted.failAt(3, 'before');
    expect((await live.send('/api/v1/accounts', ACCOUNT)).status).toBe(201);
    expect((await live.send('/api/v1/accounts', ACCOUNT)).status).toBe(409);
    expect(await countRows(live.db, 'accounts')).toBe(before + 1);
  });

  const age = (ms: number) =>
    live.db
      .prepare('UPDATE idempotency_keys SET created_at_ms = created_at_ms - ?1')
      .bind(ms)
      .run();
  const DAY_MS = 24 * 3600 * 1000;

  it('is kept for 24 hours', async () => {
    const first = await live.send('/api/v1/accounts', ACCOUNT);
    await age(DAY_MS - 60_000);
    expect((await live.send('/api/v1/accounts', ACCOUNT)).text).toBe(first.text);
    await age(60_001);
    const anew = await live.send('/api/v1/accounts', ACCOUNT);
    expect(anew.status).toBe(201);
    expect(anew.json.id).not.toBe(first.json.id);
    expect((await live.send('/api/v1/accounts', ACCOUNT)).text).toBe(anew.text);
  });

  it('is deleted by the job only after 24 hours', async () => {
    const purge = () => live.send('/api/v1/jobs/clean-up', { method: 'POST' });
    await live.send('/api/v1/accounts', ACCOUNT);
    await age(DAY_MS - 60_000);
    expect((await purge()).json).toMatchObject({ report: { idempotencyKeys: 0 } });
    await age(60_001);
    await live.send('/api/v1/accounts', { ...ACCOUNT, headers: { 'Idempotency-Key': 'new' } });
    expect((await purge()).json).toMatchObject({ report: { idempotencyKeys: 1 } });
    expect(await countRows(live.db, 'idempotency_keys')).toBe(1);
  });

  it('does not open an answer that was moved to another key', async () => {
    await live.send('/api/v1/accounts', ACCOUNT);
    await live.db.prepare("UPDATE idempotency_keys SET key = 'b-key'").run();
    const moved = { ...ACCOUNT, headers: { 'Idempotency-Key': 'b-key' } };
    expect((await live.send('/api/v1/accounts', moved)).status).toBe(503);
  });

  it.each(['', 'a b', 'a\u007f', 'a'.repeat(256)])('refuses the key %j', async (key) => {
    const before = await live.countAll();
    const sending = { ...ACCOUNT, headers: { 'Idempotency-Key': key } };
    const { status, json } = await live.send('/api/v1/accounts', sending);
    expect([status, json.field]).toEqual([400, 'Idempotency-Key']);
    expect(await live.countAll()).toEqual(before);
  });

  it.each(['!', '~'.repeat(255)])('accepts the key %j', async (key) => {
    const sending = { ...ACCOUNT, headers: { 'Idempotency-Key': key } };
    expect((await live.send('/api/v1/accounts', sending)).status).toBe(201);
  });

  it('does nothing if the answer could not be sealed', async () => {
    const { send, countAll } = await openWorker({ SEALING_KEY: '' });
    const before = await countAll();
    expect((await send('/api/v1/accounts', ACCOUNT)).status).toBe(503);
    expect(await countAll()).toEqual(before);
  });

  it('does not read a body beyond the limit', async () => {
    const sending = { ...ACCOUNT, body: { name: 'a'.repeat(70_000) } };
    expect((await live.send('/api/v1/accounts', sending)).status).toBe(413);
    expect(await countRows(live.db, 'idempotency_keys')).toBe(0);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';

const log = captureLog();

describe('/api/v1/access-keys', () => {
  let live: LiveWorker;
  beforeEach(async () => {
    live = await openWorker();
  });

  it('shows the secret only once and does not store it in clear', async () => {
    const body = {
      name: 'the web server',
      scopes: ['certificates:Issue', 'certificates:Issue', 'inventory:*'],
      expiresAt: '2099-12-31T23:59:59.5Z',
    };
    const created = await live.send('/api/v1/access-keys', { body });
    expect(created.status).toBe(201);
    const { secret, ...shown } = created.json;
    expect(secret).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(shown).toEqual({
      id: expect.stringMatching(/^ak-[A-Za-z0-9]{20}$/),
      accountId: 'root',
      name: 'the web server',
      scopes: ['certificates:Issue', 'inventory:*'],
      policyId: null,
      enabled: true,
      expiresAt: '2099-12-31T23:59:59Z',
      createdAt: expect.any(String),
      lastUsedAt: null,
    });
    const path = `/api/v1/access-keys/${shown.id}`;
    expect(created.headers.get('Location')).toBe(path);
    expect((await live.send(path)).json).toEqual(shown);
    expect((await live.send('/api/v1/access-keys')).json.accessKeys).toEqual([shown]);

    const rows: unknown[] = [];
    for (const table of ['access_keys', 'audit_events', 'idempotency_keys', 'accounts']) {
      rows.push((await live.db.prepare(`SELECT * FROM ${table}`).all()).results);
    }
    const kept = JSON.stringify(rows) + log.lines().join('\n');
    expect(kept).toContain(String(shown.id));
    expect(kept).not.toContain(String(secret));
    expect(kept).not.toContain(btoa(String(secret)).slice(0, 40));
  });

  it('accepts the key by Basic and Bearer, and records its last use', async () => {
    const key = await live.createKey(['accounts:Manage']);
    for (const as of [key.basic, key.bearer]) {
      expect((await live.send('/api/v1/accounts', { as })).status).toBe(200);
    }
    const { json } = await live.send(`/api/v1/access-keys/${key.id}`);
    expect(json.lastUsedAt).toMatch(/^20\d\d-/);
  });

  it.each([
    ['a wrong secret', ({ id }: { id: string }) => `Bearer ${id}.${'a'.repeat(40)}`],
    ['an unknown id', ({ secret }: { secret: string }) => `Bearer ak-${'A'.repeat(20)}.${secret}`],
    ['no secret', ({ id }: { id: string }) => `Bearer ${id}.`],
  ])('refuses %s with both challenges', async (_, header) => {
    const key = await live.createKey(['*']);
    const { status, headers, json } = await live.send('/api/v1/accounts', { as: header(key) });
    expect([status, json.code]).toEqual([401, 'unauthenticated']);
    expect(headers.get('WWW-Authenticate')).toMatch(/^Basic .*, Bearer /);
  });

  it('changes only the given fields, and deletes', async () => {
    const { id } = await live.createKey(['accounts:Manage']);
    const path = `/api/v1/access-keys/${id}`;
    const { json: before } = await live.send(path);
    const patch = (body: object) => live.send(path, { method: 'PATCH', body });
    expect((await patch({ name: 'b' })).json).toEqual({ ...before, name: 'b' });
    expect((await patch({ enabled: false })).json).toMatchObject({ name: 'b', enabled: false });
    const expiresAt = '2098-01-01T00:00:00Z';
    expect((await patch({ expiresAt })).json).toMatchObject({ enabled: false, expiresAt });
    expect((await patch({ expiresAt: null })).json).toMatchObject({ expiresAt: null });
    expect((await patch({ scopes: ['*'] })).json).toMatchObject({ scopes: ['*'], name: 'b' });
    expect((await live.send(path, { method: 'DELETE' })).status).toBe(204);
    for (const method of ['GET', 'DELETE']) {
      const { status, json } = await live.send(path, { method });
      expect([status, json.code]).toEqual([404, 'access-key-not-found']);
    }
    expect((await patch({ name: 'c' })).status).toBe(404);
    const { results } = await live.db
      .prepare('SELECT action, detail FROM audit_events WHERE target = ?1 ORDER BY position')
      .bind(id)
      .all();
    expect(results).toEqual([
      {
        action: 'access-key.create',
        detail: JSON.stringify({
          account: 'root',
          name: 'a key',
          scopes: 'accounts:Manage',
          enabled: 'true',
          expiresAtSeconds: 'never',
        }),
      },
      { action: 'access-key.update', detail: '{"name":"b"}' },
      { action: 'access-key.update', detail: '{"enabled":"false"}' },
      { action: 'access-key.update', detail: '{"expiresAtSeconds":4039372800}' },
      { action: 'access-key.update', detail: '{"expiresAtSeconds":"never"}' },
      { action: 'access-key.update', detail: '{"scopes":"*"}' },
      { action: 'access-key.delete', detail: '{}' },
    ]);
  });

  it.each([
    ['no name', { scopes: ['*'] }],
    ['no scopes', { name: 'a' }],
    ['no array', { name: 'a', scopes: '*' }],
    ['an unknown scope', { name: 'a', scopes: ['root'] }],
    ['a time in the past', { name: 'a', scopes: ['*'], expiresAt: '2020-01-01T00:00:00Z' }],
    ['a time that is none', { name: 'a', scopes: ['*'], expiresAt: 'never' }],
    ['a number for a time', { name: 'a', scopes: ['*'], expiresAt: 4039372800 }],
    ['a secret of its own', { name: 'a', scopes: ['*'], secret: 'x'.repeat(40) }],
    ['an account that is null', { name: 'a', scopes: ['*'], accountId: null }],
  ])('refuses %s', async (_, body) => {
    const before = await live.countAll();
    expect((await live.send('/api/v1/access-keys', { body })).status).toBe(400);
    expect(await live.countAll()).toEqual(before);
  });

  it.each([{}, { enabled: 'true' }, { enabled: null }, { scopes: [] }, { accountId: 'root' }])(
    'refuses the change %j',
    async (body) => {
      const { id } = await live.createKey(['*']);
      const path = `/api/v1/access-keys/${id}`;
      expect((await live.send(path, { method: 'PATCH', body })).status).toBe(400);
    },
  );

  it("creates keys for the caller's account; only root for any other", async () => {
    const account = await live.createAccount();
    const { basic } = await live.createKey(['*'], account);
    const own = await live.send('/api/v1/access-keys', {
      body: { name: 'a', scopes: ['*'] },
      as: basic,
    });
    expect(own.json.accountId).toBe(account);
    for (const accountId of ['root', 'acct-none']) {
      const body = { name: 'a', scopes: ['*'], accountId };
      const { status, json } = await live.send('/api/v1/access-keys', { body, as: basic });
      expect([status, json.code]).toEqual([404, 'account-not-found']);
    }
    const none = { name: 'a', scopes: ['*'], accountId: 'acct-none' };
    expect((await live.send('/api/v1/access-keys', { body: none })).status).toBe(404);
    const listed = await live.send(`/api/v1/access-keys?accountId=${account}`);
    expect(listed.json.accessKeys).toHaveLength(2);
    expect((await live.send('/api/v1/access-keys?accountId=root')).json.accessKeys).toEqual([]);
  });

  it('refuses scopes that the calling key does not hold', async () => {
    const account = await live.createAccount();
    const { basic, id } = await live.createKey(['accounts:*', 'certificates:Read'], account);
    const create = (scopes: string[]) =>
      live.send('/api/v1/access-keys', { body: { name: 'a', scopes }, as: basic });
    expect((await create(['accounts:Manage', 'certificates:Read'])).status).toBe(201);
    for (const scope of ['*', 'certificates:*', 'certificates:Issue', 'inventory:Read']) {
      const { status, json } = await create(['certificates:Read', scope]);
      expect([status, json.code, json.field]).toEqual([403, 'forbidden', 'scopes']);
    }
    const widen = { method: 'PATCH', body: { scopes: ['*'] }, as: basic };
    expect((await live.send(`/api/v1/access-keys/${id}`, widen)).status).toBe(403);
  });

  it('stores nothing without a sealing key', async () => {
    const { send, countAll } = await openWorker({ SEALING_KEY: '' });
    const before = await countAll();
    const { status, json } = await send('/api/v1/access-keys', {
      body: { name: 'a', scopes: ['*'] },
    });
    expect([status, json.code]).toEqual([503, 'sealing-unavailable']);
    expect(await countAll()).toEqual(before);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { CSR_PEM } from '../fixtures/certificates.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';

captureLog();

describe('/api/v1/accounts', () => {
  let live: LiveWorker;
  beforeEach(async () => {
    live = await openWorker();
  });

  const actions = async () => {
    const { results } = await live.db
      .prepare('SELECT action, target, detail FROM audit_events ORDER BY position')
      .all();
    return results;
  };

  it('creates, reads, changes and deletes accounts, each with an audit event', async () => {
    const body = { name: 'Überseehafen', inventoryQuota: 5 };
    const created = await live.send('/api/v1/accounts', { body });
    expect(created.status).toBe(201);
    const { id } = created.json;
    expect(created.json).toEqual({
      id: expect.stringMatching(/^acct-[a-z0-9]{12}$/),
      ...body,
      authorityQuota: null,
      policyId: null,
      createdAt: expect.stringMatching(/^20\d\d-.*Z$/),
    });
    const path = `/api/v1/accounts/${id}`;
    expect(created.headers.get('Location')).toBe(path);
    expect((await live.send(path)).json).toEqual(created.json);

    const patched = await live.send(path, { method: 'PATCH', body: { inventoryQuota: null } });
    expect(patched.json).toEqual({ ...created.json, inventoryQuota: null });
    const renamed = await live.send(path, { method: 'PATCH', body: { name: 'b' } });
    expect(renamed.json).toEqual({ ...created.json, name: 'b', inventoryQuota: null });

    const deleted = await live.send(path, { method: 'DELETE' });
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    for (const method of ['GET', 'DELETE']) {
      const { status, json } = await live.send(path, { method });
      expect([status, json.code]).toEqual([404, 'account-not-found']);
    }
    const gone = await live.send(path, { method: 'PATCH', body: { name: 'c' } });
    expect([gone.status, gone.json.code]).toEqual([404, 'account-not-found']);
    expect(await actions()).toEqual([
      {
        action: 'account.create',
        target: id,
        detail: '{"name":"Überseehafen","inventoryQuota":5,"authorityQuota":"default"}',
      },
      { action: 'account.update', target: id, detail: '{"inventoryQuota":"default"}' },
      { action: 'account.update', target: id, detail: '{"name":"b"}' },
      { action: 'account.delete', target: id, detail: '{}' },
    ]);
  });

  it('lists each account once, in pages', async () => {
    const ids = new Set(['root']);
    for (let i = 0; i < 4; i++) ids.add(await live.createAccount(`account ${i}`));
    const seen: unknown[] = [];
    let cursor: unknown = null;
    const sizes: number[] = [];
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { json } = await live.send(`/api/v1/accounts?limit=2${query}`);
      const accounts: unknown = json.accounts;
      if (!Array.isArray(accounts)) throw new Error('no list');
      sizes.push(accounts.length);
      seen.push(...accounts.map(({ id }: { id: string }) => id));
      cursor = json.next;
    } while (cursor !== null);
    expect(sizes).toEqual([2, 2, 1]);
    expect(seen).toHaveLength(ids.size);
    expect(new Set(seen)).toEqual(ids);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=', 'cursor=AAAA', 'cursor=%00', 'cursor=!'])(
    'refuses ?%s',
    async (query) => {
      const { status, json } = await live.send(`/api/v1/accounts?${query}`);
      expect([status, json.code]).toEqual([400, 'invalid-parameter']);
    },
  );

  it('refuses the cursor of another list', async () => {
    for (let i = 0; i < 2; i++) await live.createKey(['*']);
    const { json } = await live.send('/api/v1/access-keys?limit=1');
    expect(json.next).toEqual(expect.any(String));
    expect((await live.send(`/api/v1/access-keys?cursor=${json.next}`)).status).toBe(200);
    expect((await live.send(`/api/v1/accounts?cursor=${json.next}`)).status).toBe(400);
  });

  it.each([
    ['no name', {}, 'missing-parameter'],
    ['a null name', { name: null }, 'invalid-parameter'],
    ['an empty name', { name: '' }, 'invalid-parameter'],
    ['spaces around it', { name: ' a' }, 'invalid-parameter'],
    ['a control character', { name: 'a\u0000b' }, 'invalid-parameter'],
    ['a mark that turns text round', { name: 'a\u202eb' }, 'invalid-parameter'],
    ['a long name', { name: 'ü'.repeat(101) }, 'invalid-parameter'],
    ['a quota as text', { name: 'a', inventoryQuota: '5' }, 'invalid-parameter'],
    ['half a certificate', { name: 'a', inventoryQuota: 0.5 }, 'invalid-parameter'],
    ['a negative quota', { name: 'a', inventoryQuota: -1 }, 'invalid-parameter'],
    ['an unknown field', { name: 'a', quota: 1 }, 'invalid-parameter'],
    ['an id', { name: 'a', id: 'root' }, 'invalid-parameter'],
    ['an array', [], 'malformed-request'],
  ])('refuses %s', async (_, body, code) => {
    const before = await live.countAll();
    const { status, json } = await live.send('/api/v1/accounts', { body });
    expect([status, json.code]).toEqual([400, code]);
    expect(await live.countAll()).toEqual(before);
  });

  it('refuses an empty change', async () => {
    const path = `/api/v1/accounts/${await live.createAccount()}`;
    const { json } = await live.send(path, { method: 'PATCH', body: {} });
    expect(json.code).toBe('missing-parameter');
  });

  it('accepts a name of 100 characters of any size', async () => {
    const name = '😀'.repeat(100);
    expect((await live.send('/api/v1/accounts', { body: { name } })).json.name).toBe(name);
  });

  it('refuses to delete an account that is not empty, and root', async () => {
    const withKey = await live.createAccount();
    const { id: keyId, basic } = await live.createKey(['*'], withKey);
    const remove = (id: string) => live.send(`/api/v1/accounts/${id}`, { method: 'DELETE' });
    const before = await live.countAll();
    for (const id of [withKey, 'root']) {
      const { status, json } = await remove(id);
      expect([status, json.code]).toEqual([409, 'in-use']);
    }
    expect(await live.countAll()).toEqual(before);

    await live.send('/api/v1/certificates', { body: CSR_PEM, as: basic });
    expect((await live.send(`/api/v1/access-keys/${keyId}`, { method: 'DELETE' })).status).toBe(
      204,
    );
    expect((await remove(withKey)).status).toBe(409);

    const withInventory = await live.createAccount();
    await live.db
      .prepare(
        `INSERT INTO inventory (id, account_id, name, type, certificate, chain, common_name, dns_names,
           fingerprint, not_before_s, not_after_s, marks, origin, created_at_ms, updated_at_ms)
         VALUES ('cert-1', ?1, 'n', 1, '', '[]', '', '[]', '', 0, 0, '[]', 'upload', 0, 0)`,
      )
      .bind(withInventory)
      .run();
    expect((await remove(withInventory)).status).toBe(409);
  });

  it('names keys for external account binding among what keeps an account', async () => {
    const accountId = await live.createAccount();
    const policy = { name: 'any', rules: { dnsNames: 'any' } };
    const { json: created } = await live.send('/api/v1/policies', { body: policy });
    const body = { name: 'web', policyId: created.id, accountId };
    const key = await live.send('/api/v1/acme/eab-keys', { body });
    expect(key.status, key.text).toBe(201);
    const path = `/api/v1/accounts/${accountId}`;
    const refused = await live.send(path, { method: 'DELETE' });
    expect(refused.status).toBe(409);
    expect(refused.json.detail).toContain('keys for external account binding');

    await live.send(`/api/v1/acme/eab-keys/${key.json.id}`, { method: 'DELETE' });
    expect((await live.send(path, { method: 'DELETE' })).status).toBe(204);
  });

  it('shows an account only itself', async () => {
    const [mine, theirs] = [await live.createAccount('mine'), await live.createAccount('theirs')];
    const { basic } = await live.createKey(['accounts:Manage'], mine);
    const { json } = await live.send('/api/v1/accounts', { as: basic });
    expect(json).toMatchObject({ accounts: [{ id: mine }], next: null });
    expect((await live.send(`/api/v1/accounts/${mine}`, { as: basic })).json.name).toBe('mine');
    for (const id of [theirs, 'root', 'acct-000000000000']) {
      const hidden = await live.send(`/api/v1/accounts/${id}`, { as: basic });
      expect([hidden.status, hidden.json.code]).toEqual([404, 'account-not-found']);
    }
  });
});

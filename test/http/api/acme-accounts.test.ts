import { beforeEach, describe, expect, it } from 'vitest';
import { createPolicy, openServices } from '../../policy/live-services.ts';
import { AcmeClient, BASE, createEabKey, openRegistered } from '../acme/acme-client.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';

captureLog();

const PATH = '/api/v1/acme/accounts';
const KEYS = '/api/v1/acme/eab-keys';

let live: LiveWorker;
beforeEach(async () => {
  live = await openWorker();
});

async function openAccount(accountId: string) {
  const eab = await createEabKey(live, { accountId });
  const client = await AcmeClient.open(live);
  await client.register(eab, { contact: ['mailto:a@example.test'] });
  return { client, eab };
}

async function listIds(query = '', as?: string): Promise<unknown[]> {
  const sending = as === undefined ? {} : { as };
  const { json, status, text } = await live.send(`${PATH}${query}`, sending);
  if (status !== 200 || !Array.isArray(json.acmeAccounts)) throw new Error(text);
  return json.acmeAccounts.map(({ id }) => id);
}

describe('the ACME accounts in the API', () => {
  it('show what they are and whom they belong to', async () => {
    const accountId = await live.createAccount();
    const { client, eab } = await openAccount(accountId);
    const { json } = await live.send(`${PATH}/${client.id}`);
    expect(json).toEqual({
      id: client.id,
      accountId,
      authority: 'default',
      eabKeyId: eab.id,
      status: 'valid',
      contacts: ['mailto:a@example.test'],
      createdAt: expect.stringMatching(/Z$/),
    });
  });

  it('are listed for root, for their owner and for a key, in pages', async () => {
    const [first, second] = [await live.createAccount(), await live.createAccount()];
    const [mine, other] = [await openAccount(first), await openAccount(second)];
    const more = await AcmeClient.open(live);
    await more.register(mine.eab);
    const { basic } = await live.createKey(['acme:*'], first);
    const ids = (...clients: AcmeClient[]) => clients.map(({ id }) => id).sort();

    expect(await listIds()).toEqual(ids(mine.client, more, other.client));
    expect(await listIds('', basic)).toEqual(ids(mine.client, more));
    expect(await listIds(`?accountId=${second}`)).toEqual(ids(other.client));
    expect(await listIds(`?accountId=${second}`, basic)).toEqual([]);
    expect(await listIds(`?eabKeyId=${mine.eab.id}`)).toEqual(ids(mine.client, more));
    expect(await listIds(`?eabKeyId=${mine.eab.id}&accountId=${second}`)).toEqual([]);
    expect(await listIds(`?eabKeyId=${other.eab.id}`, basic)).toEqual([]);

    const page = await live.send(`${PATH}?limit=2`);
    expect(page.json.acmeAccounts).toHaveLength(2);
    expect(await listIds(`?limit=2&cursor=${page.json.next}`)).toHaveLength(1);
  });

  it('of others are not found, and cannot be deactivated', async () => {
    const { client } = await openAccount('root');
    const { basic } = await live.createKey(['acme:*'], await live.createAccount());
    for (const path of [`${PATH}/${client.id}`, `${PATH}/acme-x`]) {
      const read = await live.send(path, { as: basic });
      expect([read.status, read.json.code]).toEqual([404, 'acme-account-not-found']);
      const stop = await live.send(`${path}/deactivate`, { as: basic, method: 'POST' });
      expect([stop.status, stop.json.code]).toEqual([404, 'acme-account-not-found']);
    }
    expect((await client.post(client.account ?? '')).status).toBe(200);
  });

  it('stop at once and for ever when they are deactivated', async () => {
    const accountId = await live.createAccount();
    const { client } = await openAccount(accountId);
    const { basic } = await live.createKey(['acme:Manage'], accountId);
    const url = client.account ?? '';
    expect((await client.post(url)).status).toBe(200);
    for (let i = 0; i < 2; i++) {
      const stop = { as: basic, method: 'POST' };
      const { status, json } = await live.send(`${PATH}/${client.id}/deactivate`, stop);
      expect([status, json.status]).toEqual([200, 'deactivated']);
      expect((await client.post(url)).status).toBe(401);
    }
    const again = await AcmeClient.open(live, client.key);
    const found = await again.post(`${BASE}/new-account`, { onlyReturnExisting: true });
    expect(found.status).toBe(401);
    const events = await live.db
      .prepare("SELECT target FROM audit_events WHERE action = 'acme-account.deactivate'")
      .all();
    expect(events.results).toEqual([{ target: client.id }]);
  });

  it('keep their account from being deleted, and so do its keys', async () => {
    const accountId = await live.createAccount();
    const { eab } = await openAccount(accountId);
    const remove = () => live.send(`/api/v1/accounts/${accountId}`, { method: 'DELETE' });
    expect((await remove()).json.code).toBe('in-use');
    await live.send(`${KEYS}/${eab.id}`, { method: 'DELETE' });
    expect((await remove()).json.code).toBe('in-use');
    const unbound = await live.createAccount();
    const { id } = await createEabKey(live, { accountId: unbound });
    const removeOther = () => live.send(`/api/v1/accounts/${unbound}`, { method: 'DELETE' });
    expect((await removeOther()).json.code).toBe('in-use');
    await live.send(`${KEYS}/${id}`, { method: 'DELETE' });
    expect((await removeOther()).status).toBe(204);
  });
});

describe('the keys for external account binding in the API', () => {
  it('show the MAC key once', async () => {
    const policyId = await createPolicy(openServices(live.db), {});
    const body = { name: 'web', policyId, singleUse: true, expiresAt: '2036-01-01T00:00:00Z' };
    const created = await live.send(KEYS, { body });
    expect(created.status).toBe(201);
    const { macKey, ...shown } = created.json;
    expect(macKey).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(created.headers.get('Location')).toBe(`${KEYS}/${shown.id}`);
    expect(shown).toEqual({
      id: expect.stringMatching(/^eab-[A-Za-z0-9]{20}$/),
      accountId: 'root',
      enabled: true,
      createdAt: expect.stringMatching(/Z$/),
      ...body,
    });
    expect((await live.send(`${KEYS}/${shown.id}`)).json).toEqual(shown);
    expect((await live.send(KEYS)).json).toEqual({ eabKeys: [shown], next: null });
    const { results } = await live.db.prepare('SELECT * FROM acme_eab_keys').all();
    const bytes = Uint8Array.fromBase64(String(macKey), { alphabet: 'base64url' });
    for (const text of [String(macKey), bytes.toHex(), bytes.toBase64()]) {
      expect(JSON.stringify(results)).not.toContain(text);
    }
  });

  it('can be changed, and every change is an event', async () => {
    const { id } = await createEabKey(live);
    const change = (body: object) => live.send(`${KEYS}/${id}`, { method: 'PATCH', body });
    expect((await change({ name: 'new name' })).json.name).toBe('new name');
    expect((await change({ enabled: false })).json.enabled).toBe(false);
    expect((await change({ expiresAt: '2036-01-01T00:00:00Z' })).json).toMatchObject({
      name: 'new name',
      enabled: false,
      expiresAt: '2036-01-01T00:00:00Z',
    });
    expect((await change({ expiresAt: null, enabled: true })).json.expiresAt).toBeNull();
    const { results } = await live.db
      .prepare("SELECT detail FROM audit_events WHERE action = 'eab-key.update' ORDER BY position")
      .all<{ detail: string }>();
    expect(results.map(({ detail }) => JSON.parse(detail))).toEqual([
      { name: 'new name' },
      { enabled: 'false' },
      { expiresAtSeconds: 2082758400 },
      { enabled: 'true', expiresAtSeconds: 'never' },
    ]);
  });

  it.each([
    [{}, 'missing-parameter', undefined],
    [{ policyId: 'pol-abcdefghijkl' }, 'invalid-parameter', 'policyId'],
    [{ singleUse: true }, 'invalid-parameter', 'singleUse'],
    [{ name: ' x' }, 'invalid-parameter', 'name'],
    [{ enabled: 'no' }, 'invalid-parameter', 'enabled'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'invalid-parameter', 'expiresAt'],
  ])('refuse the change %j', async (body, code, field) => {
    const { id } = await createEabKey(live);
    const refused = await live.send(`${KEYS}/${id}`, { method: 'PATCH', body });
    expect(refused.json).toMatchObject({ code, ...(field === undefined ? {} : { field }) });
  });

  it.each([
    [{ name: 'x' }, 400, 'missing-parameter', 'policyId'],
    [{ name: 'x', policyId: 'pol-000000000000' }, 404, 'policy-not-found', 'policyId'],
    [{ name: '', policyId: 'own' }, 400, 'invalid-parameter', 'name'],
    [{ name: 'x', policyId: 'own', accountId: 'acct-x' }, 404, 'account-not-found', 'accountId'],
    [{ name: 'x', policyId: 'own', macKey: 'AAAA' }, 400, 'invalid-parameter', 'macKey'],
  ])('refuse to be created as %j', async (fields, status, code, field) => {
    const policyId = await createPolicy(openServices(live.db), {});
    const body =
      'policyId' in fields && fields.policyId === 'own' ? { ...fields, policyId } : fields;
    const refused = await live.send(KEYS, { body });
    expect([refused.status, refused.json.code, refused.json.field]).toEqual([status, code, field]);
    expect((await live.send(KEYS)).json.eabKeys).toEqual([]);
  });

  it('of others are not found', async () => {
    const { id } = await createEabKey(live);
    const { basic } = await live.createKey(['acme:*'], await live.createAccount());
    for (const sending of [
      {},
      { method: 'PATCH', body: { enabled: false } },
      { method: 'DELETE' },
    ]) {
      const { status, json } = await live.send(`${KEYS}/${id}`, { as: basic, ...sending });
      expect([status, json.code]).toEqual([404, 'eab-key-not-found']);
    }
    expect((await live.send(KEYS, { as: basic })).json.eabKeys).toEqual([]);
    expect((await live.send(`${KEYS}?accountId=root`, { as: basic })).json.eabKeys).toEqual([]);
    const registered = await openRegistered(live);
    expect(registered.account).not.toBeNull();
  });
});

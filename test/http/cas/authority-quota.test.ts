import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AUTHORIZATION, openWorker, type TestWorker } from '../../integration/worker.ts';
import { countRows } from '../../store/database.ts';
import { call, createKey, post } from './cas-client.ts';

let worker: TestWorker;
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined, AUTHORITY_QUOTA: '2' });
});

type Key = Awaited<ReturnType<typeof createKey>>;

const createRoot = (key: Key, name: string) =>
  call(
    worker,
    {
      CommonName: name,
      Organization: 'O',
      OrganizationUnit: 'OU',
      Locality: 'L',
      State: 'ST',
      Algorithm: 'ECC_256',
      Years: '1',
    },
    { key, action: 'CreateRootCACertificate' },
  );

async function send(method: string, path: string, body?: object) {
  const { response, text } = await worker.send(path, {
    method,
    headers: { Authorization: AUTHORIZATION },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

describe('the quota of authorities', () => {
  it('refuses one more with a clear error, however many are asked for at once', async () => {
    const key = await createKey(worker, ['yundun-cert:*']);
    const names = ['A', 'B', 'C', 'D', 'E'];
    const answers = await Promise.all(names.map((name) => createRoot(key, name)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    const refused = answers.filter(({ status }) => status !== 200);
    for (const { status, body } of refused) {
      expect([status, body.Code]).toEqual([409, 'QuotaExceeded']);
      expect(body.Message).toContain('authorityQuota');
    }
    const owned = worker.db.prepare('SELECT COUNT(*) AS n FROM authorities WHERE account_id = ?');
    expect(await owned.bind(key.accountId).first('n')).toBe(2);
    // Another account has its own quota.
    expect((await createRoot(await createKey(worker, ['yundun-cert:*']), 'F')).status).toBe(200);
  });

  it('can be set for an account', async () => {
    const key = await createKey(worker, ['yundun-cert:*']);
    const path = `/api/v1/accounts/${key.accountId}`;
    expect((await send('GET', path)).body.authorityQuota).toBeNull();
    for (const [quota, status] of [
      [0, 409],
      [1, 200],
      [1, 409],
      [null, 200],
      [null, 409],
    ] as const) {
      const changed = await send('PATCH', path, { authorityQuota: quota });
      expect(changed.body.authorityQuota).toBe(quota);
      expect((await createRoot(key, crypto.randomUUID())).status).toBe(status);
    }
    for (const wrong of [-1, 1.5, 10_001]) {
      expect((await send('PATCH', path, { authorityQuota: wrong })).status).toBe(400);
    }
    const created = await post(worker, '/api/v1/accounts', { name: 'x', authorityQuota: 7 });
    expect(created.body).toMatchObject({ authorityQuota: 7, inventoryQuota: null });
  });

  it('does not bind the account root unless it is set', async () => {
    const create = (name: string) =>
      post(worker, '/api/v1/authorities', { name, subject: `CN=${name}`, parent: null });
    for (const name of ['A', 'B', 'C']) expect((await create(name)).status).toBe(201);
    await send('PATCH', '/api/v1/accounts/root', { authorityQuota: 4 });
    // With the default authority there may be four.
    const answers = [await create('D'), await create('E')];
    expect(answers.some(({ body }) => body.code === 'quota-exceeded')).toBe(true);
  });
});

describe('an account that owns', () => {
  const remove = (key: Key) => send('DELETE', `/api/v1/accounts/${key.accountId}`);

  beforeEach(async () => {
    // The key alone keeps an account, so each test deletes it.
    expect(await countRows(worker.db, 'accounts')).toBe(1);
  });

  it('an authority is not empty', async () => {
    const key = await createKey(worker, ['yundun-cert:*']);
    expect((await createRoot(key, 'A')).status).toBe(200);
    await send('DELETE', `/api/v1/access-keys/${key.id}`);
    expect(await remove(key)).toMatchObject({ status: 409, body: { code: 'in-use' } });
  });

  it('an external CA instance is not empty until the instance is refunded', async () => {
    const key = await createKey(worker, ['yundun-cert:*']);
    const { body } = await post(worker, '/api/v1/external-ca-instances', {
      accountId: key.accountId,
    });
    await send('DELETE', `/api/v1/access-keys/${key.id}`);
    expect((await remove(key)).status).toBe(409);
    const path = `/api/v1/external-ca-instances/${body.instanceId}`;
    expect((await send('POST', `${path}/refund`)).status).toBe(200);
    expect((await remove(key)).status).toBe(204);
  });
});

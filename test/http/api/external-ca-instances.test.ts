import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AUTHORIZATION, openWorker, type TestWorker } from '../../integration/worker.ts';
import { countRows } from '../../store/database.ts';
import { createKey, listEvents, post } from '../cas/cas-client.ts';

const PATH = '/api/v1/external-ca-instances';
const ID = /^cas_deposit-cn-[a-z0-9]{12}$/;

let worker: TestWorker;
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  worker = await openWorker();
});

type Key = Awaited<ReturnType<typeof createKey>>;

async function request(method: string, path: string, key: Key | null = null, body?: object) {
  const Authorization = key === null ? AUTHORIZATION : `Bearer ${key.id}.${key.secret}`;
  const { response, text } = await worker.send(path, {
    method,
    headers: { Authorization },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(text) };
}

describe('POST /api/v1/external-ca-instances', () => {
  it('has a default for every field', async () => {
    for (const body of [undefined, {}, { accountId: 'root', maxValidityDays: null }]) {
      const created = await request('POST', PATH, null, body);
      expect(created.status, JSON.stringify(created.body)).toBe(201);
      expect(created.body).toEqual({
        instanceId: expect.stringMatching(ID),
        accountId: 'root',
        authority: 'default',
        state: 'BUY',
        maxValidityDays: 3653,
        maxPathLength: 0,
        certificate: null,
        createdAt: expect.stringMatching(/Z$/),
        usedAt: null,
      });
      const location = created.headers.get('Location') ?? '';
      expect((await request('GET', location)).body).toEqual(created.body);
    }
    const events = await listEvents(worker, 'external-ca-instance.create');
    expect(events).toHaveLength(3);
    expect(events[0]).toMatchObject({
      authority_id: 'default',
      actor: 'root-key',
      outcome: 'done',
    });
  });

  it('accepts all fields', async () => {
    const { accountId } = await createKey(worker, ['*']);
    const fields = { accountId, authority: 'default', maxValidityDays: 400, maxPathLength: 2 };
    const { body } = await request('POST', PATH, null, fields);
    expect(body).toMatchObject(fields);
  });

  it.each([
    [{ maxValidityDays: 0 }, 400, 'invalid-parameter'],
    [{ maxValidityDays: 1.5 }, 400, 'invalid-parameter'],
    [{ maxValidityDays: 40_000 }, 400, 'invalid-parameter'],
    [{ maxPathLength: -1 }, 400, 'invalid-parameter'],
    [{ maxPathLength: '1' }, 400, 'invalid-parameter'],
    [{ accountId: 1 }, 400, 'invalid-parameter'],
    [{ state: 'USED' }, 400, 'invalid-parameter'],
    [{ accountId: 'acct-000000000000' }, 404, 'account-not-found'],
    [{ authority: 'none' }, 404, 'authority-not-found'],
  ])('refuses %j', async (fields, status, code) => {
    expect(await request('POST', PATH, null, fields)).toMatchObject({ status, body: { code } });
    expect(await countRows(worker.db, 'external_ca_instances')).toBe(0);
  });

  it('allows only the account root, even with the scope', async () => {
    const key = await createKey(worker, ['*']);
    const own = (await post(worker, PATH, { accountId: key.accountId })).body.instanceId;
    for (const path of [PATH, `${PATH}/${own}/refund`]) {
      const { status, body } = await request('POST', path, key, {});
      expect({ status, code: body.code }).toEqual({ status: 403, code: 'forbidden' });
    }
  });
});

describe('an account', () => {
  it('sees only its own instances, in pages', async () => {
    const [first, second] = [
      await createKey(worker, ['certificates:Read']),
      await createKey(worker, ['certificates:*']),
    ];
    const make = async (fields: object) => (await post(worker, PATH, fields)).body.instanceId;
    const own: string[] = [];
    for (let count = 0; count < 3; count++) own.push(await make({ accountId: first.accountId }));
    const foreign = await make({ accountId: second.accountId });
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const query = `?limit=2${next === '' ? '' : `&cursor=${next}`}`;
      const { body }: Awaited<ReturnType<typeof request>> = await request(
        'GET',
        PATH + query,
        first,
      );
      seen.push(...body.instances.map(({ instanceId }: { instanceId: string }) => instanceId));
      next = body.next;
    }
    expect(seen).toEqual(own.toSorted());
    expect((await request('GET', `${PATH}/${own[0]}`, first)).status).toBe(200);
    const hidden = await request('GET', `${PATH}/${foreign}`, first);
    const missing = await request('GET', `${PATH}/cas_deposit-cn-000000000000`, first);
    expect(hidden.status).toBe(404);
    expect({ ...hidden.body, requestId: '' }).toEqual({ ...missing.body, requestId: '' });
    expect((await request('GET', PATH)).body.instances).toHaveLength(4);
  });

  it('requires the scope', async () => {
    const key = await createKey(worker, ['inventory:*']);
    for (const path of [PATH, `${PATH}/x`]) {
      expect(await request('GET', path, key)).toMatchObject({ status: 403 });
    }
  });
});

describe('a refund', () => {
  it('refunds a free instance once', async () => {
    const { body } = await post(worker, PATH);
    const path = `${PATH}/${body.instanceId}/refund`;
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(worker, path)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect(await listEvents(worker, 'external-ca-instance.refund')).toHaveLength(1);
    expect((await post(worker, `${PATH}/none/refund`)).status).toBe(404);
  });
});

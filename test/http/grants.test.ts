import { beforeEach, describe, expect, it } from 'vitest';
import { CSR_PEM } from './fixtures/certificates.ts';
import { captureLog, type LiveWorker, openWorker, type Sending } from './live.ts';

captureLog();

const ISSUE: Sending = { body: CSR_PEM, headers: { Accept: 'application/json' } };

/**
 * For each way in which a query checks the grant, an operation as a request that would succeed.
 * scopes.test.ts asks every route.
 */
const OPERATIONS: readonly (readonly [string, string, string, Sending])[] = [
  ['issuing', 'certificates:Issue', '/api/v1/certificates', ISSUE],
  [
    'issuing once',
    'certificates:Issue',
    '/api/v1/certificates',
    { ...ISSUE, headers: { 'Idempotency-Key': 'once' } },
  ],
  ['reading a certificate', 'certificates:Read', '/api/v1/certificates/{serial}', {}],
  [
    'revoking',
    'certificates:Revoke',
    '/api/v1/certificates/{serial}/revoke',
    { body: { reason: 'keyCompromise' } },
  ],
  ['a job', 'authorities:Manage', '/api/v1/jobs/seal-audit', { method: 'POST' }],
  [
    'importing a history',
    'authorities:Manage',
    '/api/v1/authorities/default/history',
    { body: { lastCrlNumber: 77 } },
  ],
  [
    'changing an access key',
    'accounts:Manage',
    '/api/v1/access-keys/{key}',
    { method: 'PATCH', body: { name: 'changed' } },
  ],
];

describe('an access key whose secret is cached', () => {
  let live: LiveWorker;
  const path = { serial: '', account: '', key: '' };

  beforeEach(async () => {
    live = await openWorker();
    path.serial = String((await live.send('/api/v1/certificates', ISSUE)).json.serial);
    path.account = await live.createAccount();
    path.key = (await live.createKey(['inventory:Read'])).id;
    await live.send('/api/v1/jobs/seal-audit', { method: 'POST' });
  });

  const fill = (pattern: string) =>
    pattern.replace(/\{(serial|account|key)\}/, (_, name: keyof typeof path) => path[name]);

  async function warmUp(basic: string): Promise<void> {
    // Authenticates, and is refused afterwards: nothing else is wrong with the request.
    await live.send('/api/v1/certificates/1', { as: basic });
  }

  describe.each(OPERATIONS)('%s', (_, scope, pattern, sending) => {
    it.each([
      ['disabled', 403, 'access-key-disabled', 'UPDATE access_keys SET enabled = 0 WHERE id = ?1'],
      [
        'expired',
        403,
        'access-key-expired',
        'UPDATE access_keys SET expires_at_s = 1 WHERE id = ?1',
      ],
      [
        'left without the scope',
        403,
        'forbidden',
        `UPDATE access_keys SET scopes = '["inventory:*","yundun-cert:Issue"]' WHERE id = ?1`,
      ],
      ['deleted', 401, 'unknown-access-key', 'DELETE FROM access_keys WHERE id = ?1'],
    ])(
      'is refused at once and writes nothing after the key was %s',
      async (_, status, code, sql) => {
        const { id, basic } = await live.createKey([scope]);
        await warmUp(basic);
        await live.db.prepare(sql).bind(id).run();
        const before = await live.countAll();
        const refused = await live.send(fill(pattern), { ...sending, as: basic });
        expect(refused.status, refused.text).toBe(status);
        expect(refused.json.code).toBe(code);
        expect(await live.countAll()).toEqual(before);
      },
    );
  });

  it('is refused by the first request after the one that disabled it', async () => {
    const { id, bearer } = await live.createKey(['certificates:*']);
    const read = () => live.send(fill('/api/v1/certificates/{serial}'), { as: bearer });
    const issue = () => live.send('/api/v1/certificates', { ...ISSUE, as: bearer });
    expect((await read()).status).toBe(200);
    expect((await issue()).status).toBe(201);
    const disable = { method: 'PATCH', body: { enabled: false } };
    expect((await live.send(`/api/v1/access-keys/${id}`, disable)).status).toBe(200);
    expect((await read()).status).toBe(403);
    expect((await issue()).status).toBe(403);
    const enable = { method: 'PATCH', body: { enabled: true } };
    expect((await live.send(`/api/v1/access-keys/${id}`, enable)).status).toBe(200);
    expect((await issue()).status).toBe(201);
  });

  it.each([
    ['reading a certificate', '/api/v1/certificates/{serial}', {}, 1],
    ['issuing', '/api/v1/certificates', ISSUE, 1],
    ['listing access keys', '/api/v1/access-keys', {}, 1],
    ['reading an account', '/api/v1/accounts/{account}', {}, 1],
    ['listing the audit record', '/api/v1/audit', {}, 1],
    ['creating an access key', '/api/v1/access-keys', { body: { name: 'k', scopes: ['*'] } }, 1],
    ['changing a key', '/api/v1/access-keys/{key}', { method: 'PATCH', body: { name: 'k' } }, 2],
  ] as const)('has few D1 round trips for %s', async (_, pattern, sending, trips) => {
    const { basic } = await live.createKey(['*']);
    await warmUp(basic);
    const before = live.counted.calls.count;
    const { status } = await live.send(fill(pattern), { ...sending, as: basic });
    expect(status).toBeLessThan(300);
    expect(live.counted.calls.count - before).toBe(trips);
  });
});

describe('what an account may see', () => {
  it('reads and revokes only its own certificates; others are not found', async () => {
    const live = await openWorker();
    const [mine, theirs] = [await live.createAccount(), await live.createAccount()];
    const me = await live.createKey(['*'], mine);
    const they = await live.createKey(['*'], theirs);
    const issued = await live.send('/api/v1/certificates', { ...ISSUE, as: me.basic });
    expect(issued.status).toBe(201);
    const path = `/api/v1/certificates/${issued.json.serial}`;
    const missing = await live.send('/api/v1/certificates/abc123', { as: they.basic });
    const hidden = await live.send(path, { as: they.basic });
    expect(hidden.status).toBe(404);
    expect({ ...hidden.json, requestId: null }).toEqual({ ...missing.json, requestId: null });
    const refused = await live.send(`${path}/revoke`, { method: 'POST', as: they.basic });
    expect([refused.status, refused.json.code]).toEqual([404, 'certificate-not-found']);
    expect((await live.send(path, { as: me.basic })).status).toBe(200);
    expect((await live.send(path)).status).toBe(200);
    const revoked = await live.send(`${path}/revoke`, { method: 'POST', as: me.basic });
    expect(revoked.status).toBe(200);
  });

  it.each([
    ['GET', '/api/v1/audit'],
    ['GET', '/api/v1/audit/verify'],
    ['GET', '/api/v1/audit/checkpoint'],
    ['POST', '/api/v1/jobs/seal-audit'],
    ['POST', '/api/v1/authorities/default/history'],
    ['POST', '/api/v1/accounts'],
    ['PATCH', '/api/v1/accounts/{own}'],
    ['DELETE', '/api/v1/accounts/{own}'],
  ])('reserves %s %s for the account root, whatever the scopes', async (method, pattern) => {
    const live = await openWorker();
    const own = await live.createAccount();
    const { basic } = await live.createKey(['*'], own);
    const before = await live.countAll();
    const path = pattern.replace('{own}', own);
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: { name: 'x' } };
    const { status, json } = await live.send(path, { method, as: basic, ...body });
    expect([status, json.code]).toEqual([403, 'forbidden']);
    expect(await live.countAll()).toEqual(before);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { makeAcmeKey } from '../../acme/jws.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import {
  AcmeClient,
  BASE,
  createEabKey,
  type EabCredentials,
  openRegistered,
} from './acme-client.ts';
import { countAcme, expectProblem } from './expect-problem.ts';

captureLog();

const NEW_ACCOUNT = `${BASE}/new-account`;

let live: LiveWorker;
let client: AcmeClient;
let eab: EabCredentials;

beforeEach(async () => {
  live = await openWorker();
  client = await AcmeClient.open(live);
  eab = await createEabKey(live);
});

const change = (id: string, body: object) =>
  live.send(`/api/v1/acme/eab-keys/${id}`, { method: 'PATCH', body });

async function refuse(send: () => Promise<Received>, status: number, type: string): Promise<void> {
  const before = await countAcme(live);
  expectProblem(await send(), status, type);
  expect(await countAcme(live)).toEqual(before);
}

describe('an external account binding', () => {
  it('is required', async () => {
    const { json } = await live.send('/acme/directory', { as: null });
    expect(json.meta).toMatchObject({ externalAccountRequired: true });
    const send = () => client.post(NEW_ACCOUNT, { termsOfServiceAgreed: true });
    await refuse(send, 403, 'externalAccountRequired');
  });

  it('says the same for an unknown key and for a wrong MAC', async () => {
    const unknown = await client.register({ ...eab, id: 'eab-AAAAAAAAAAAAAAAAAAAA' });
    const wrong = await client.register({ ...eab, macKey: (await createEabKey(live)).macKey });
    expectProblem(unknown, 401, 'unauthorized');
    expectProblem(wrong, 401, 'unauthorized');
    expect(unknown.json.detail).toBe(wrong.json.detail);
  });

  it.each([
    ['the URL of another resource', { url: `${BASE}/new-order` }],
    ['no kid', { kid: undefined }],
    ['a nonce', { nonce: 'x' }],
    ['a jwk', { jwk: { kty: 'oct' } }],
  ])('is refused with %s', async (_, header) => {
    const externalAccountBinding = await client.bind(eab, header);
    await refuse(() => client.post(NEW_ACCOUNT, { externalAccountBinding }), 401, 'unauthorized');
  });

  it.each(['HS512', 'ES256', 'none'])('is refused with the alg %s', async (alg) => {
    const externalAccountBinding = await client.bind(eab, { alg });
    const send = () => client.post(NEW_ACCOUNT, { externalAccountBinding });
    await refuse(send, 400, 'badSignatureAlgorithm');
  });

  it('is refused for the key of another account', async () => {
    const other = await AcmeClient.open(live);
    const externalAccountBinding = await other.bind(eab);
    await refuse(() => client.post(NEW_ACCOUNT, { externalAccountBinding }), 401, 'unauthorized');
  });

  it.each([['a text'], [7], [[]], [{}], [{ protected: 'e30', payload: 'e30' }]])(
    'is refused if it is %j',
    async (externalAccountBinding) => {
      await refuse(() => client.post(NEW_ACCOUNT, { externalAccountBinding }), 400, 'malformed');
    },
  );

  it('is refused at an authority that the account of the key may not use', async () => {
    const [first, second] = [await live.createAccount(), await live.createAccount()];
    const { basic } = await live.createKey(['*'], first);
    const made = await live.send('/api/v1/authorities', { body: { name: 'A', subject: 'CN=A' } });
    await live.db
      .prepare('UPDATE authorities SET account_id = ?1 WHERE id = ?2')
      .bind(first, made.json.id)
      .run();
    expect(basic).toContain('Basic');
    const base = BASE.replace('default', String(made.json.id));
    const cold = await openWorker({}, live.db);
    const open = async (accountId: string) => {
      const bound = await AcmeClient.open(cold, undefined, base);
      return bound.register(await createEabKey(live, { accountId }));
    };
    expectProblem(await open(second), 404, 'malformed');
    expect((await open(first)).status).toBe(201);
    expect((await open('root')).status).toBe(201);
  });
});

describe('a key for external account binding', () => {
  it('that is disabled stops its accounts at once, until it is enabled', async () => {
    const url = await register();
    expect((await change(eab.id, { enabled: false })).status).toBe(200);
    expectProblem(await client.post(url), 401, 'unauthorized');
    expectProblem(await client.post(url), 401, 'unauthorized');
    const late = await AcmeClient.open(live);
    expectProblem(await late.register(eab), 401, 'unauthorized');
    await change(eab.id, { enabled: true });
    expect((await client.post(url)).status).toBe(200);
    expect((await late.register(eab)).status).toBe(201);
  });

  it('that is deleted stops its accounts for ever', async () => {
    const url = await register();
    const remove = { method: 'DELETE' };
    expect((await live.send(`/api/v1/acme/eab-keys/${eab.id}`, remove)).status).toBe(204);
    expectProblem(await client.post(url), 401, 'unauthorized');
    expectProblem(await client.post(url), 401, 'unauthorized');
    const late = await AcmeClient.open(live);
    expectProblem(await late.register(eab), 401, 'unauthorized');
  });

  it('that expires later works, and binds nothing after its expiry', async () => {
    const soon = new Date(Date.now() + 2000).toISOString();
    const expiring = await createEabKey(live, { expiresAt: soon });
    expect((await client.register(expiring)).status).toBe(201);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const late = await AcmeClient.open(live);
    expectProblem(await late.register(expiring), 401, 'unauthorized');
    expectProblem(await client.post(client.account ?? ''), 401, 'unauthorized');
  });

  it('for a single use binds one account, also of many at the same time', async () => {
    const single = await createEabKey(live, { singleUse: true });
    const clients = await Promise.all(Array.from({ length: 4 }, () => AcmeClient.open(live)));
    const answers = await Promise.all(clients.map((each) => each.register(single)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401, 401]);
    const refused = answers.find(({ status }) => status === 401);
    if (refused !== undefined) expectProblem(refused, 401, 'unauthorized');
    const bound = clients.find(({ account }) => account !== null);
    expect((await bound?.register(single))?.status).toBe(400);
    const again = await AcmeClient.open(live, bound?.key);
    expect((await again.register(single)).status).toBe(200);
  });

  it('binds 50 accounts within an hour', async () => {
    const copy = live.db.prepare(
      `INSERT INTO acme_accounts SELECT 'acme-' || value, lineage, account_id, eab_key_id, policy_id,
  value, public_key, status, contacts, terms_agreed_at_ms, created_at_ms
FROM acme_accounts, json_each(?1)`,
    );
    await register();
    await copy.bind(JSON.stringify(Array.from({ length: 48 }, (_, i) => `k${i}`))).run();
    expect((await (await AcmeClient.open(live)).register(eab)).status).toBe(201);
    const late = await AcmeClient.open(live);
    const refused = await late.register(eab);
    expectProblem(refused, 429, 'rateLimited');
    expect(refused.headers.get('Retry-After')).toBe('3600');
    await live.db.prepare('UPDATE acme_accounts SET created_at_ms = created_at_ms - 3600001').run();
    expect((await late.register(eab)).status).toBe(201);
  });

  it('does not count accounts of a clock that was ahead', async () => {
    await register();
    await live.db
      .prepare(
        `INSERT INTO acme_accounts SELECT 'acme-' || value, lineage, account_id, eab_key_id, policy_id,
  value, public_key, status, contacts, terms_agreed_at_ms, created_at_ms + 86400000
FROM acme_accounts, json_each(?1)`,
      )
      .bind(JSON.stringify(Array.from({ length: 60 }, (_, i) => `k${i}`)))
      .run();
    expect((await (await AcmeClient.open(live)).register(eab)).status).toBe(201);
  });

  it.each([
    ['enabled again', 'UPDATE acme_eab_keys SET enabled = 1'],
    ['given to another account', "UPDATE acme_eab_keys SET enabled = 1, account_id = 'acct-x'"],
  ])('does not work once its row was %s by another program', async (_, sql) => {
    const url = await register();
    await change(eab.id, { enabled: false });
    await live.db.prepare(sql).run();
    const cold = new AcmeClient(await openWorker({}, live.db), client.key);
    cold.account = url;
    expectProblem(await cold.post(url), 503, 'serverInternal');
    const late = await AcmeClient.open(live);
    expectProblem(await late.register(eab), 503, 'serverInternal');
  });

  async function register(): Promise<string> {
    const { status, text } = await client.register(eab);
    if (status !== 201) throw new Error(text);
    return client.account ?? '';
  }
});

describe('the row of an ACME account', () => {
  it.each([
    ['owner', "UPDATE acme_accounts SET account_id = 'acct-x'"],
    ['policy', "UPDATE acme_accounts SET policy_id = 'pol-x'"],
    ['binding', 'UPDATE acme_accounts SET eab_key_id = NULL'],
    ['authority', "UPDATE acme_accounts SET lineage = 'other'"],
  ])('does not open if another program changed its %s', async (_, sql) => {
    const registered = await openRegistered(live);
    await live.db.prepare(sql).run();
    const cold = new AcmeClient(await openWorker({}, live.db), registered.key);
    cold.account = registered.account;
    expectProblem(await cold.post(registered.account ?? ''), 503, 'serverInternal');
  });

  it('does not open with the key of another account', async () => {
    const [mine, other] = [await openRegistered(live), await openRegistered(live)];
    const id = mine.account?.slice(-25);
    const steal = `UPDATE acme_accounts SET (public_key, key_thumbprint) =
  (SELECT public_key, 'x' FROM acme_accounts WHERE id <> ?1) WHERE id = ?1`;
    await live.db.prepare(steal).bind(id).run();
    const cold = new AcmeClient(await openWorker({}, live.db), other.key);
    cold.account = mine.account;
    expectProblem(await cold.post(mine.account ?? ''), 503, 'serverInternal');
  });

  it('opens after the sealing key was replaced', async () => {
    const second = btoa(String.fromCharCode(...new Uint8Array(32).fill(7)));
    const registered = await openRegistered(live, await makeAcmeKey('RS256'));
    const both = await openWorker({ SEALING_KEY_V2: second }, live.db);
    expect((await both.send('/api/v1/jobs/reseal', { method: 'POST' })).json).toMatchObject({
      report: { failed: 0, remaining: 0 },
    });
    const newOnly = await openWorker({ SEALING_KEY: '', SEALING_KEY_V2: second }, live.db);
    const cold = new AcmeClient(newOnly, registered.key);
    cold.account = registered.account;
    expect((await cold.post(registered.account ?? '')).status).toBe(200);
    expect((await (await AcmeClient.open(newOnly)).register(eab)).status).toBe(201);
  });
});

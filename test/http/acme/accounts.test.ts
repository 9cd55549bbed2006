import { describe, expect, it } from 'vitest';
import { ALGS, makeAcmeKey } from '../../acme/jws.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';
import { AcmeClient, BASE, createEabKey, openRegistered } from './acme-client.ts';
import { countAcme, expectProblem } from './expect-problem.ts';

captureLog();

const NEW_ACCOUNT = `${BASE}/new-account`;

async function listEvents(live: LiveWorker): Promise<unknown[]> {
  const { results } = await live.db
    .prepare(
      `SELECT account_id, actor, action, outcome, authority_id, target, detail FROM audit_events
WHERE action LIKE 'acme-account.%' ORDER BY position`,
    )
    .all();
  return results;
}

describe('newAccount', () => {
  it.each(ALGS)('creates an account with %s, and finds it again', async (alg) => {
    const live = await openWorker();
    const client = await AcmeClient.open(live, await makeAcmeKey(alg));
    const eab = await createEabKey(live);
    const created = await client.register(eab, { contact: ['mailto:a@example.test'] });
    expect(created.status, created.text).toBe(201);
    expect(created.json).toEqual({
      status: 'valid',
      contact: ['mailto:a@example.test'],
      orders: `${client.account}/orders`,
    });
    expect(client.account).toMatch(new RegExp(`^${BASE}/acct/acme-[A-Za-z0-9]{20}$`));

    const again = await AcmeClient.open(live, client.key);
    const found = await again.register(eab, { contact: ['mailto:b@example.test'] });
    expect([found.status, again.account]).toEqual([200, client.account]);
    expect(found.json.contact).toEqual(['mailto:a@example.test']);
    expect((await client.post(client.account ?? '')).status).toBe(200);
  });

  it('records the account for the owner of the key for external account binding', async () => {
    const live = await openWorker();
    const accountId = await live.createAccount();
    const client = await AcmeClient.open(live);
    const eab = await createEabKey(live, { accountId });
    await client.register(eab);
    const id = client.account?.slice(`${BASE}/acct/`.length);
    expect(await listEvents(live)).toEqual([
      {
        account_id: accountId,
        actor: id,
        action: 'acme-account.create',
        outcome: 'done',
        authority_id: 'default',
        target: id,
        detail: JSON.stringify({ eabKey: eab.id }),
      },
    ]);
  });

  it('makes one account of many requests at the same time', async () => {
    const live = await openWorker();
    const other = await openWorker({}, live.db);
    const eab = await createEabKey(live);
    const key = await makeAcmeKey();
    const clients = await Promise.all(
      [live, other, live, other].map((worker) => AcmeClient.open(worker, key)),
    );
    const answers = await Promise.all(clients.map((client) => client.register(eab)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    expect(new Set(clients.map(({ account }) => account)).size).toBe(1);
  });

  it('finds an account without external account binding, also with onlyReturnExisting', async () => {
    const live = await openWorker();
    const { key, account } = await openRegistered(live);
    for (const payload of [{ onlyReturnExisting: true }, {}, { termsOfServiceAgreed: true }]) {
      const client = await AcmeClient.open(live, key);
      const { status, headers } = await client.post(NEW_ACCOUNT, payload);
      expect([status, headers.get('Location')]).toEqual([200, account]);
    }
  });

  it('refuses onlyReturnExisting for an unknown key, with and without a binding', async () => {
    const live = await openWorker();
    const client = await AcmeClient.open(live);
    const before = await countAcme(live);
    const find = { onlyReturnExisting: true, externalAccountBinding: null };
    expectProblem(await client.post(NEW_ACCOUNT, find), 400, 'accountDoesNotExist');
    expect(await countAcme(live)).toEqual(before);
    const bound = await client.register(await createEabKey(live), { onlyReturnExisting: true });
    expectProblem(bound, 400, 'accountDoesNotExist');
  });

  it('ignores fields that clients send without need', async () => {
    const live = await openWorker();
    const client = await AcmeClient.open(live);
    const { status } = await client.register(await createEabKey(live), {
      status: 'deactivated',
      orders: null,
      contact: null,
      createdAt: '0001-01-01T00:00:00Z',
      onlyReturnExisting: 'no',
    });
    expect(status).toBe(201);
  });

  it.each([
    ['none at a directory that does not exist', 404, 'malformed', '/acme/nothing/'],
    ['none by the id of a later generation', 404, 'malformed', '/acme/default-2/'],
  ])('makes %s', async (_, status, type, path) => {
    const live = await openWorker();
    const base = BASE.replace('/acme/default', path.slice(0, -1));
    const client = await AcmeClient.open(live, undefined, base);
    expectProblem(await client.post(`${base}/new-account`, {}), status, type);
    expect((await live.send(`${path}directory`, { as: null })).status).toBe(status);
  });

  it('requires the terms of service, if there are any', async () => {
    const terms = 'https://ca.test/terms';
    const live = await openWorker({ ACME_TERMS_OF_SERVICE: terms });
    const client = await AcmeClient.open(live);
    const eab = await createEabKey(live);
    for (const termsOfServiceAgreed of [false, undefined, 'true']) {
      const refused = await client.register(eab, { termsOfServiceAgreed });
      expectProblem(refused, 403, 'userActionRequired');
      expect(refused.headers.get('Link')).toContain(`<${terms}>;rel="terms-of-service"`);
    }
    expect((await client.register(eab)).status).toBe(201);
  });
});

describe('the contacts of an account', () => {
  it.each([
    ['unsupportedContact', ['tel:+31201234567']],
    ['unsupportedContact', ['https://example.test/']],
    ['unsupportedContact', ['admin@example.test']],
    ['invalidContact', 'mailto:a@example.test'],
    ['invalidContact', [7]],
    ['invalidContact', ['mailto:']],
    ['invalidContact', ['mailto:a']],
    ['invalidContact', ['mailto:a@example.test,b@example.test']],
    ['invalidContact', ['mailto:a@example.test?subject=x']],
    ['invalidContact', ['mailto:a b@example.test']],
    ['invalidContact', ['mailto:a@exa_mple.test\r\n']],
    ['invalidContact', [`mailto:${'a'.repeat(400)}@example.test`]],
    ['invalidContact', Array.from({ length: 11 }, () => 'mailto:a@example.test')],
  ])('are refused as %s: %j', async (type, contact) => {
    const live = await openWorker();
    const client = await AcmeClient.open(live);
    const refused = await client.register(await createEabKey(live), { contact });
    expectProblem(refused, 400, type);
    expect(client.account).toBeNull();

    const registered = await openRegistered(live);
    const before = await countAcme(live);
    expectProblem(await registered.post(registered.account ?? '', { contact }), 400, type);
    expect(await countAcme(live)).toEqual(before);
  });

  it('can be changed and removed', async () => {
    const live = await openWorker();
    const client = await openRegistered(live);
    const url = client.account ?? '';
    for (const contact of [['MAILTO:a@example.test', 'mailto:b@example.test'], []]) {
      const changed = await client.post(url, { contact, status: 'valid' });
      expect([changed.status, changed.json.contact]).toEqual([200, contact]);
      expect((await client.post(url)).json.contact).toEqual(contact);
    }
    expect(await listEvents(live)).toHaveLength(3);
  });
});

describe('an account that is deactivated', () => {
  it('stops at once in every isolate, for ever, and its key is forgotten', async () => {
    const live = await openWorker();
    const client = await openRegistered(live);
    const url = client.account ?? '';
    const other = new AcmeClient(await openWorker({}, live.db), client.key);
    other.account = client.account;
    expect((await other.post(url)).status).toBe(200);

    const answer = await client.post(url, { status: 'deactivated', contact: ['tel:1'] });
    expect([answer.status, answer.json.status]).toEqual([200, 'deactivated']);
    for (const each of [client, other, other]) {
      expectProblem(await each.post(url), 401, 'unauthorized');
      expectProblem(await each.post(url, { status: 'valid' }), 401, 'unauthorized');
    }
    const keys = live.db.prepare('SELECT public_key FROM acme_accounts');
    expect(await keys.first()).toEqual({ public_key: '' });

    const again = await AcmeClient.open(live, client.key);
    expectProblem(await again.register(await createEabKey(live)), 401, 'unauthorized');
    expectProblem(await again.post(NEW_ACCOUNT, { onlyReturnExisting: true }), 401, 'unauthorized');
    expect(await listEvents(live)).toHaveLength(2);
  });
});

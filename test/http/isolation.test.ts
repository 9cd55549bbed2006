import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { sealingRecordId } from '../../src/authorities/open-key.ts';
import { readConfig } from '../../src/config.ts';
import { createSealer } from '../../src/keys/sealing.ts';
import { create, dump, expire, type Operation, operate, UPLOAD } from './bce/live-bce.ts';
import { CSR_PEM } from './fixtures/certificates.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from './live.ts';

captureLog();

const MISSING = 'cert-000000000000';

/** Every operation on one certificate, as one that succeeds for its owner. */
const OPERATIONS: readonly (readonly [string, (id: string) => Operation])[] = [
  ['show', (id) => ({ method: 'GET', target: `/v1/certificate/${id}` })],
  ['ask for', (id) => ({ method: 'HEAD', target: `/v1/certificate/${id}` })],
  ['show in detail', (id) => ({ method: 'GET', target: `/v1/certificate/${id}/detail` })],
  ['read the key of', (id) => ({ method: 'GET', target: `/v1/certificate/${id}/rawdata` })],
  [
    'rename',
    (id) => ({
      method: 'PUT',
      target: `/v1/certificate/${id}?certName=`,
      body: { certName: 'b' },
    }),
  ],
  ['replace', (id) => ({ method: 'PUT', target: `/v1/certificate/${id}?certData=`, body: UPLOAD })],
  ['delete', (id) => ({ method: 'DELETE', target: `/v1/certificate/${id}` })],
];

const TARGET = { serviceName: 'cdn', resourceId: 'www' };
const BIND = { method: 'PUT', body: TARGET };
const REPLACEMENT = { certificate: UPLOAD.certServerData, privateKey: UPLOAD.certPrivateData };

/** The same operations in our own API: method, path after the id, and body. */
const API_OPERATIONS: readonly (readonly [string, string, string, unknown])[] = [
  ['show', 'GET', '', undefined],
  ['ask for', 'HEAD', '', undefined],
  ['read the key of', 'GET', '/private-key', undefined],
  ['rename', 'PATCH', '', { name: 'b' }],
  ['replace', 'PUT', '', REPLACEMENT],
  ['list what uses', 'GET', '/bindings', undefined],
  ['bind', 'PUT', '/bindings', TARGET],
  ['unbind', 'DELETE', '/bindings', TARGET],
  ['delete', 'DELETE', '', undefined],
];

/** Everything of an answer but the two ids of the request. */
function tell({ status, headers, text, json }: Received) {
  const kept = [...headers].filter(([name]) => !/^x-(bce-)?request-id$/.test(name));
  return { status, headers: kept, body: 'requestId' in json ? { ...json, requestId: null } : text };
}

describe("another account's certificate", () => {
  let live: LiveWorker;
  let owner: Awaited<ReturnType<LiveWorker['createKey']>>;
  let stranger: typeof owner;
  let id: string;
  beforeEach(async () => {
    live = await openWorker();
    owner = await live.createKey(['inventory:*', 'certificates:*'], await live.createAccount());
    stranger = await live.createKey(['*'], await live.createAccount());
    id = await create(live, {}, owner);
    // What is expired and not in use may be replaced.
    await expire(live, id);
    // From here on neither the secret nor the hour of the last use is asked for.
    await operate(live, { method: 'GET', target: '/v1/certificate' }, stranger);
  });

  /** The whole answer, and how often D1 was asked for it. */
  async function ask(send: () => Promise<Received>) {
    const before = live.counted.calls.count;
    const received = await send();
    return { answer: tell(received), trips: live.counted.calls.count - before };
  }

  it.each(OPERATIONS)('%s: answered like an unknown certificate', async (_, operation) => {
    const before = await dump(live);
    const foreign = await ask(() => operate(live, operation(id), stranger));
    const missing = await ask(() => operate(live, operation(MISSING), stranger));
    expect(foreign.answer.status).toBe(404);
    expect(foreign).toEqual(missing);
    expect(foreign.trips).toBe(1);
    expect(await dump(live)).toBe(before);
    // That it is nothing but the account.
    expect((await operate(live, operation(id), owner)).status).toBe(200);
  });

  it.each(API_OPERATIONS)(
    '%s through the API: answered like an unknown certificate',
    async (name, method, rest, body) => {
      const send = (which: string, as: string) =>
        live.send(`/api/v1/inventory/${which}${rest}`, { method, as, body });
      if (name === 'unbind') {
        await live.send(`/api/v1/inventory/${id}/bindings`, { ...BIND, as: owner.basic });
      }
      const before = await dump(live);
      const foreign = await ask(() => send(id, stranger.basic));
      const missing = await ask(() => send(MISSING, stranger.basic));
      expect(foreign.answer.status).toBe(404);
      expect(foreign).toEqual(missing);
      expect(foreign.trips).toBe(1);
      expect(await dump(live)).toBe(before);
      expect((await send(id, owner.basic)).status).toBeLessThan(300);
    },
  );

  it('issued here, added to the inventory: answered like an unknown certificate', async () => {
    const send = (serial: string, as: string) =>
      live.send('/api/v1/inventory', { as, body: { name: 'issued', serial } });
    const issued = await live.send('/api/v1/certificates', {
      body: CSR_PEM,
      as: owner.basic,
      headers: { Accept: 'application/json' },
    });
    const serial = String(issued.json.serial);
    const foreign = await ask(() => send(serial, stranger.basic));
    expect(foreign.answer.status).toBe(404);
    expect(foreign).toEqual(await ask(() => send('5ead', stranger.basic)));
    expect((await send(serial, owner.basic)).status).toBe(201);
  });

  it('is in no list, and its name can be used', async () => {
    for (const target of ['', '/detail', '?certName=a'].map((rest) => `/v1/certificate${rest}`)) {
      const { text } = await operate(live, { method: 'GET', target }, stranger);
      expect(text).toBe('{"certs":[]}');
    }
    for (const query of ['', '?name=a']) {
      const { json } = await live.send(`/api/v1/inventory${query}`, { as: stranger.basic });
      expect(json).toEqual({ certificates: [], next: null });
    }
    await create(live, {}, stranger);
  });

  it.each([
    ['GET', ''],
    ['POST', '/revoke'],
  ])('issued here, %s%s: answered like an unknown certificate', async (method, rest) => {
    const send = (serial: string, as: string) =>
      live.send(`/api/v1/certificates/${serial}${rest}`, { method, as });
    const issued = await live.send('/api/v1/certificates', {
      body: CSR_PEM,
      as: owner.basic,
      headers: { Accept: 'application/json' },
    });
    expect(issued.status, issued.text).toBe(201);
    const serial = String(issued.json.serial);
    const before = await dump(live);
    const foreign = await ask(() => send(serial, stranger.basic));
    const missing = await ask(() => send('5ead', stranger.basic));
    expect(foreign.answer.status).toBe(404);
    expect(foreign).toEqual(missing);
    expect(await dump(live)).toBe(before);
    expect((await send(serial, owner.basic)).status).toBe(200);
  });
});

/** Moves an authority to another account, as only someone with SEALING_KEY can. */
async function giveTo(accountId: string, db: D1Database, id: string): Promise<void> {
  const sealer = createSealer(readConfig({ ...env }).sealingKeys);
  const find = db.prepare('SELECT private_key FROM authorities WHERE id = ?').bind(id);
  const sealed = (await find.first<string>('private_key')) ?? '';
  const key = await sealer.open(sealingRecordId(id, 'root'), sealed);
  await db
    .prepare('UPDATE authorities SET account_id = ?1, private_key = ?2 WHERE id = ?3')
    .bind(accountId, await sealer.seal(sealingRecordId(id, accountId), key), id)
    .run();
}

describe("another account's authority", () => {
  it('issues nothing: answered like an unknown authority', async () => {
    const first = await openWorker();
    const scopes = ['certificates:Issue'];
    const accountId = await first.createAccount();
    const owner = await first.createKey(scopes, accountId);
    const stranger = await first.createKey(scopes, await first.createAccount());
    const { json } = await first.send('/api/v1/authorities', {
      body: { name: 'Its own', subject: 'CN=Its own CA', parent: null },
    });
    const issue = (by: LiveWorker, authority: unknown, as?: string) =>
      by.send(`/api/v1/certificates?authority=${authority}`, {
        body: CSR_PEM,
        ...(as === undefined ? {} : { as }),
      });
    // What belongs to the account root serves all.
    expect((await issue(first, json.id, stranger.basic)).status).toBe(201);
    await giveTo(accountId, first.db, String(json.id));

    const live = await openWorker({}, first.db);
    const before = await live.countAll();
    const foreign = await issue(live, json.id, stranger.basic);
    const missing = await issue(live, 'ca-000000000000', stranger.basic);
    expect(foreign.status).toBe(404);
    expect(tell(missing)).toEqual({
      ...tell(foreign),
      body: { ...foreign.json, requestId: null, detail: missing.json.detail },
    });
    expect(foreign.json.detail).toBe(`There is no authority '${json.id}'.`);
    expect(await live.countAll()).toEqual(before);
    expect((await issue(live, json.id, owner.basic)).status).toBe(201);
    expect((await issue(live, json.id)).status).toBe(201);
  });
});

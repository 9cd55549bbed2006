import { beforeEach, describe, expect, it } from 'vitest';
import { CSR_PEM } from '../fixtures/certificates.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import { create, dump, expire, type Operation, operate, UPLOAD } from './live-bce.ts';

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

  it.each(OPERATIONS)('to %s is answered like one that is not there', async (_, operation) => {
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

  it('is in no list, and its name is free', async () => {
    for (const target of ['', '/detail', '?certName=a'].map((rest) => `/v1/certificate${rest}`)) {
      const { text } = await operate(live, { method: 'GET', target }, stranger);
      expect(text).toBe('{"certs":[]}');
    }
    await create(live, {}, stranger);
  });

  it.each([
    ['GET', ''],
    ['POST', '/revoke'],
  ])('issued here, to %s%s is answered like one that is not there', async (method, rest) => {
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

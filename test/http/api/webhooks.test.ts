import { beforeEach, describe, expect, it } from 'vitest';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';

captureLog();
let live: LiveWorker;
beforeEach(async () => {
  live = await openWorker();
});

const HOOK = { name: 'mail', url: 'https://hooks.example.com/signet' };

const create = (body: unknown, as?: string) =>
  live.send('/api/v1/webhooks', { body, ...(as === undefined ? {} : { as }) });

describe('/api/v1/webhooks', () => {
  it('shows the secret once', async () => {
    const { status, json, headers } = await create(HOOK);
    expect(status).toBe(201);
    expect(json.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const path = headers.get('Location') ?? '';
    const { json: found, text } = await live.send(path);
    expect(found).toMatchObject({ ...HOOK, enabled: true, failingSince: null });
    expect(text).not.toContain('whsec_');
    const { results } = await live.db.prepare('SELECT * FROM webhooks').all();
    expect(JSON.stringify(results)).not.toContain(String(json.secret).slice(6));
  });

  it.each([
    ['http://hooks.example.com/', 'url'],
    ['https://user:secret@hooks.example.com/', 'url'],
    ['https://127.0.0.1/', 'url'],
    ['https://0x7f000001/', 'url'],
    ['https://[fd00::1]/', 'url'],
    ['https://localhost/', 'url'],
    ['https://hooks.example.com/#part', 'url'],
    ['ftp://hooks.example.com/', 'url'],
    ['not a url', 'url'],
    [`https://hooks.example.com/${'a'.repeat(2048)}`, 'url'],
  ])('refuses the URL %s', async (url, field) => {
    const { status, json } = await create({ ...HOOK, url });
    expect(status).toBe(400);
    expect(json.field).toBe(field);
  });

  it.each([{ types: ['certificate.eaten'] }, { types: 'certificate.issued' }, { colour: 'red' }])(
    'refuses the filters %j',
    async (filters) => {
      expect((await create({ ...HOOK, filters })).status).toBe(400);
    },
  );

  it('keeps accounts apart', async () => {
    const [one, two] = [await live.createAccount('one'), await live.createAccount('two')];
    const scopes = ['webhooks:Read', 'webhooks:Write'];
    const keyOfOne = await live.createKey(scopes, one);
    const keyOfTwo = await live.createKey(scopes, two);
    const { json } = await create(HOOK, keyOfOne.basic);
    const path = `/api/v1/webhooks/${json.id}`;
    const as = keyOfTwo.basic;
    const requests = [
      { path, as },
      { path, as, method: 'PATCH', body: { enabled: false } },
      { path, as, method: 'DELETE' },
      { path: `${path}/test`, as, method: 'POST' },
      { path: `${path}/rotate-secret`, as, method: 'POST' },
      { path: `${path}/deliveries`, as },
      { path: `${path}/deliveries/evt-1-1/replay`, as, method: 'POST' },
    ];
    for (const { path: address, ...sending } of requests) {
      const answer = await live.send(address, sending);
      expect([address, answer.status, answer.json.code]).toEqual([
        address,
        404,
        'webhook-not-found',
      ]);
    }
    expect((await live.send('/api/v1/webhooks', { as })).json.webhooks).toEqual([]);
    const filters = { accountId: one };
    expect((await create({ ...HOOK, filters }, as)).json.code).toBe('forbidden');
  });

  it('has a quota for each account', async () => {
    for (let made = 0; made < 20; made++) expect((await create(HOOK)).status).toBe(201);
    expect((await create(HOOK)).json.code).toBe('quota-exceeded');
  });
});

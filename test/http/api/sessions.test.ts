import { describe, expect, it, vi } from 'vitest';
import { BASIC } from '../fakes.ts';
import { CSR_PEM } from '../fixtures/certificates.ts';
import { captureLog } from '../live.ts';
import { MARK, openForBrowsers, ROOT, readCookie } from './sign-in.ts';

captureLog();

async function readAll(db: D1Database, condition: string): Promise<[{ readonly id: string }]> {
  const row = await db.prepare(`SELECT id FROM sessions WHERE ${condition}`).first('id');
  return [{ id: String(row) }];
}

describe('sessions', () => {
  it('act by the access key, with its scopes', async () => {
    const { send, signIn, createKey } = await openForBrowsers();
    const { id, secret } = await createKey(['policies:Read']);
    const Cookie = readCookie(await signIn({ accessKeyId: id, secret }));
    expect(await send('/api/v1/sessions/current', { as: null, headers: { Cookie } })).toMatchObject(
      { status: 200, json: { accessKeyId: id } },
    );
    expect((await send('/api/v1/policies', { as: null, headers: { Cookie } })).status).toBe(200);
    expect(await send('/api/v1/accounts', { as: null, headers: { Cookie } })).toMatchObject({
      status: 403,
      json: { code: 'forbidden' },
    });
  });

  it('act by the root access key', async () => {
    const { send, signIn } = await openForBrowsers();
    const Cookie = readCookie(await signIn(ROOT));
    const headers = { Cookie, ...MARK };
    const body = { name: 'made in a browser' };
    expect((await send('/api/v1/accounts', { as: null, headers, body })).status).toBe(201);
  });

  it('end when the user signs out, although the cookie was copied', async () => {
    const { send, signIn } = await openForBrowsers();
    const Cookie = readCookie(await signIn(ROOT));
    const headers = { Cookie, ...MARK };
    const signedOut = await send('/api/v1/sessions/current', {
      as: null,
      headers,
      method: 'DELETE',
    });
    expect(signedOut.status).toBe(204);
    expect(signedOut.headers.get('Set-Cookie')).toMatch(/^__Host-signet-session=; Max-Age=0;/);
    expect(await send('/api/v1/accounts', { as: null, headers })).toMatchObject({
      status: 401,
      json: { code: 'session-ended' },
    });
  });

  it('end if a clock that was ahead has begun them', async () => {
    const { send, signIn } = await openForBrowsers();
    const nowMs = Date.now();
    vi.useFakeTimers({ now: nowMs + 7_200_000, toFake: ['Date'] });
    const headers = { Cookie: readCookie(await signIn(ROOT)) };
    expect((await send('/api/v1/accounts', { as: null, headers })).status).toBe(200);
    vi.setSystemTime(nowMs);
    expect(await send('/api/v1/accounts', { as: null, headers })).toMatchObject({
      status: 401,
      json: { code: 'session-ended' },
    });
    vi.useRealTimers();
  });

  it('are refused with a wrong secret', async () => {
    const { signIn } = await openForBrowsers();
    expect(await signIn({ ...ROOT, secret: 'wrong' })).toMatchObject({
      status: 401,
      json: { code: 'unauthenticated' },
    });
  });

  it('do not open in a row that another program wrote', async () => {
    const { db, send, signIn, createKey } = await openForBrowsers();
    const { id, secret } = await createKey(['policies:Read']);
    const Cookie = readCookie(await signIn({ accessKeyId: id, secret }));
    await db.prepare("UPDATE sessions SET access_key_id = 'root-key'").run();
    expect(await send('/api/v1/accounts', { as: null, headers: { Cookie } })).toMatchObject({
      status: 401,
      json: { code: 'session-ended' },
    });
  });

  it.each([
    ['an empty MAC', ''],
    ['a short MAC', 'AA=='],
    ['a MAC that is not base64', '?'],
  ])('do not open in a row with %s', async (_, mac) => {
    const { db, send, signIn } = await openForBrowsers();
    const Cookie = readCookie(await signIn(ROOT));
    await db.prepare('UPDATE sessions SET mac = ?1').bind(mac).run();
    expect(await send('/api/v1/accounts', { as: null, headers: { Cookie } })).toMatchObject({
      status: 401,
      json: { code: 'session-ended' },
    });
  });

  it('end after 30 minutes without a request, and after 12 hours', async () => {
    const { db, send, signIn } = await openForBrowsers();
    const Cookie = readCookie(await signIn(ROOT));
    const ask = () => send('/api/v1/accounts', { as: null, headers: { Cookie } });
    await db.prepare('UPDATE sessions SET last_used_at_s = last_used_at_s - 1790').run();
    expect((await ask()).status).toBe(200);
    const used = await db
      .prepare('SELECT unixepoch() - last_used_at_s AS ago FROM sessions')
      .first();
    expect(Number(used?.ago)).toBeLessThan(60);
    await db.prepare('UPDATE sessions SET last_used_at_s = last_used_at_s - 1801').run();
    expect(await ask()).toMatchObject({ status: 401, json: { code: 'session-ended' } });
    await db.prepare('UPDATE sessions SET last_used_at_s = unixepoch()').run();
    expect((await ask()).status).toBe(200);
    // Nobody can make a session longer: its end is part of the MAC.
    await db.prepare('UPDATE sessions SET expires_at_s = expires_at_s + 60').run();
    expect(await ask()).toMatchObject({ status: 401, json: { code: 'session-ended' } });
    await db.prepare('UPDATE sessions SET expires_at_s = unixepoch()').run();
    expect(await ask()).toMatchObject({ status: 401, json: { code: 'session-ended' } });
  });

  it('stop with their access key, and follow its scopes', async () => {
    const { send, signIn, createKey } = await openForBrowsers();
    const { id, secret } = await createKey(['policies:Read', 'accounts:Manage']);
    const Cookie = readCookie(await signIn({ accessKeyId: id, secret }));
    const ask = (path: string) => send(path, { as: null, headers: { Cookie } });
    const change = (body: unknown) => send(`/api/v1/access-keys/${id}`, { method: 'PATCH', body });
    expect((await ask('/api/v1/policies')).status).toBe(200);
    await change({ scopes: ['accounts:Manage'] });
    expect((await ask('/api/v1/policies')).status).toBe(403);
    expect((await ask('/api/v1/accounts')).status).toBe(200);
    await change({ enabled: false });
    expect(await ask('/api/v1/accounts')).toMatchObject({
      status: 403,
      json: { code: 'access-key-disabled' },
    });
    expect((await ask('/api/v1/sessions/current')).status).toBe(403);
    expect((await signIn({ accessKeyId: id, secret })).status).toBe(403);
    await send(`/api/v1/access-keys/${id}`, { method: 'DELETE' });
    expect((await ask('/api/v1/accounts')).status).toBe(401);
  });

  it('are listed and ended by those who administer the account, and recorded', async () => {
    const { db, send, signIn, createKey, createAccount } = await openForBrowsers();
    const account = await createAccount();
    const own = await createKey(['accounts:Manage'], account);
    const ofRoot = readCookie(await signIn(ROOT));
    const ofAccount = readCookie(await signIn({ accessKeyId: own.id, secret: own.secret }));
    const list = async (as: string) => (await send('/api/v1/sessions', { as })).json.sessions;
    const all = await list(BASIC);
    expect(all).toHaveLength(2);
    expect(all).toContainEqual(
      expect.objectContaining({ accessKeyId: ROOT.accessKeyId, accessKeyName: null }),
    );
    const seen = await list(own.basic);
    expect(seen).toMatchObject([
      { accountId: account, accessKeyId: own.id, accessKeyName: 'a key' },
    ]);
    expect(JSON.stringify(seen)).not.toContain(ofAccount.split('=')[1]);
    const [{ id: rootId }] = await readAll(db, "account_id = 'root'");
    const [{ id }] = await readAll(db, "account_id <> 'root'");
    const end = (target: string, as: string) =>
      send(`/api/v1/sessions/${target}`, { method: 'DELETE', as });
    expect((await end(rootId, own.basic)).status).toBe(404);
    expect((await end(id, BASIC)).status).toBe(204);
    const ask = (Cookie: string) => send('/api/v1/accounts', { as: null, headers: { Cookie } });
    expect((await ask(ofAccount)).status).toBe(401);
    expect((await ask(ofRoot)).status).toBe(200);
    const { results } = await db
      .prepare("SELECT action, target FROM audit_events WHERE action LIKE 'session.%'")
      .all();
    expect(results).toEqual([
      { action: 'session.begin', target: rootId },
      { action: 'session.begin', target: id },
      { action: 'session.revoke', target: id },
    ]);
  });

  it('replace the session of the same browser', async () => {
    const { db, send, signIn } = await openForBrowsers();
    const [other, former] = [readCookie(await signIn(ROOT)), readCookie(await signIn(ROOT))];
    const signInAgain = (secret: string, headers: Record<string, string>) =>
      send('/api/v1/sessions', {
        as: null,
        headers: { Cookie: former, ...headers },
        body: { ...ROOT, secret },
      });
    const ask = async (Cookie: string) =>
      (await send('/api/v1/accounts', { as: null, headers: { Cookie } })).status;
    expect((await signInAgain('wrong', MARK)).status).toBe(401);
    expect((await signInAgain(ROOT.secret, {})).status).toBe(403);
    expect(await ask(former)).toBe(200);
    const again = await signInAgain(ROOT.secret, MARK);
    expect(again.status).toBe(201);
    expect(await ask(former)).toBe(401);
    expect(await ask(other)).toBe(200);
    expect(await ask(readCookie(again))).toBe(200);
    // A cookie that is of no use any more does no harm.
    expect((await signInAgain(ROOT.secret, MARK)).status).toBe(201);
    const { results } = await db
      .prepare("SELECT action FROM audit_events WHERE action LIKE 'session.%'")
      .all();
    expect(results.map(({ action }) => action)).toEqual([
      'session.begin',
      'session.begin',
      'session.begin',
      'session.end',
      'session.begin',
    ]);
  });

  it('cost one more D1 round trip per request than an access key, and one write a minute', async () => {
    const { db, counted, send, signIn, createKey } = await openForBrowsers();
    const { id, secret } = await createKey(['accounts:Manage']);
    const Cookie = readCookie(await signIn({ accessKeyId: id, secret }));
    const countTrips = async () => {
      const before = counted.calls.count;
      const answer = await send('/api/v1/access-keys', { as: null, headers: { Cookie } });
      expect(answer.status).toBe(200);
      return counted.calls.count - before;
    };
    await countTrips();
    expect(await countTrips()).toBe(2);
    await db.prepare('UPDATE sessions SET last_used_at_s = last_used_at_s - 61').run();
    expect(await countTrips()).toBe(3);
    expect(await countTrips()).toBe(2);
  });

  it('keep the bounds of the policy of their access key', async () => {
    const { send, signIn } = await openForBrowsers();
    const policy = await send('/api/v1/policies', {
      body: {
        name: 'names of one domain',
        rules: { dnsNames: [{ name: 'corp.example', match: 'any-depth' }] },
      },
    });
    expect(policy.status, policy.text).toBe(201);
    const made = await send('/api/v1/access-keys', {
      body: { name: 'bounded', scopes: ['*'], policyId: policy.json.id },
    });
    expect(made.status, made.text).toBe(201);
    const { id, secret } = made.json;
    const signedIn = await signIn({ accessKeyId: String(id), secret: String(secret) });
    expect(signedIn.json.policyId).toBe(policy.json.id);
    const headers = { Cookie: readCookie(signedIn), ...MARK };
    const issued = await send('/api/v1/certificates', { as: null, headers, body: CSR_PEM });
    expect(issued).toMatchObject({ status: 403, json: { code: 'policy-violated' } });
    const body = { name: 'free', scopes: ['*'], policyId: null };
    expect((await send('/api/v1/access-keys', { as: null, headers, body })).status).toBe(403);
  });
});

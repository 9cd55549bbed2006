import { describe, expect, it } from 'vitest';
import { BASIC } from '../fakes.ts';
import { captureLog, openWorker, type Received } from '../live.ts';

captureLog();

const MARK = { 'X-Requested-With': 'signet-console' };
const ROOT = { accessKeyId: 'root-key', secret: 'root-secret-for-tests' };

function readCookie({ headers }: Received): string {
  return (headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
}

async function readAll(db: D1Database, condition: string): Promise<[{ readonly id: string }]> {
  const row = await db.prepare(`SELECT id FROM sessions WHERE ${condition}`).first('id');
  return [{ id: String(row) }];
}

async function openSignedIn() {
  const worker = await openWorker();
  const signIn = (credentials: { accessKeyId: string; secret: string }) =>
    worker.send('/api/v1/sessions', { as: null, body: credentials });
  return { ...worker, signIn };
}

describe('sessions', () => {
  it('exchange an access key for a cookie that only this host gets back', async () => {
    const { signIn, createKey } = await openSignedIn();
    const { id, secret } = await createKey(['certificates:Read']);
    const answer = await signIn({ accessKeyId: id, secret });
    expect(answer).toMatchObject({
      status: 201,
      json: { accessKeyId: id, accountId: 'root', scopes: ['certificates:Read'], policyId: null },
    });
    expect(answer.headers.get('Set-Cookie')).toMatch(
      /^__Host-signet-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(answer.text).not.toContain(readCookie(answer).split('=')[1]);
  });

  it('act by the access key, with its scopes', async () => {
    const { send, signIn, createKey } = await openSignedIn();
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
    const { send, signIn } = await openSignedIn();
    const Cookie = readCookie(await signIn(ROOT));
    const headers = { Cookie, ...MARK };
    const body = { name: 'made in a browser' };
    expect((await send('/api/v1/accounts', { as: null, headers, body })).status).toBe(201);
  });

  it('change nothing without the header that other sites cannot send', async () => {
    const { send, signIn, countAll } = await openSignedIn();
    const Cookie = readCookie(await signIn(ROOT));
    const before = await countAll();
    const body = { name: 'made by another site' };
    expect(await send('/api/v1/accounts', { as: null, headers: { Cookie }, body })).toMatchObject({
      status: 403,
      json: { code: 'cross-site-request' },
    });
    expect(await countAll()).toEqual(before);
  });

  it('end when the user signs out, although the cookie was copied', async () => {
    const { send, signIn } = await openSignedIn();
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

  it('are refused with a wrong secret', async () => {
    const { signIn } = await openSignedIn();
    expect(await signIn({ ...ROOT, secret: 'wrong' })).toMatchObject({
      status: 401,
      json: { code: 'unauthenticated' },
    });
  });

  it('do not open in a row that another program wrote', async () => {
    const { db, send, signIn, createKey } = await openSignedIn();
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
    const { db, send, signIn } = await openSignedIn();
    const Cookie = readCookie(await signIn(ROOT));
    await db.prepare('UPDATE sessions SET mac = ?1').bind(mac).run();
    expect(await send('/api/v1/accounts', { as: null, headers: { Cookie } })).toMatchObject({
      status: 401,
      json: { code: 'session-ended' },
    });
  });

  it('never make a browser ask for a password itself', async () => {
    const { send } = await openSignedIn();
    for (const [headers, challenge] of [
      [MARK, 'Cookie realm="Signet"'],
      [{}, 'Basic realm="Signet", charset="UTF-8", Bearer realm="Signet"'],
    ] as const) {
      const answer = await send('/api/v1/sessions/current', { as: null, headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('WWW-Authenticate')).toBe(challenge);
    }
  });

  it('end after 30 minutes without a request, and after 12 hours', async () => {
    const { db, send, signIn } = await openSignedIn();
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
    const { send, signIn, createKey } = await openSignedIn();
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
    const { db, send, signIn, createKey, createAccount } = await openSignedIn();
    const account = await createAccount();
    const own = await createKey(['accounts:Manage'], account);
    const ofRoot = readCookie(await signIn(ROOT));
    const ofAccount = readCookie(await signIn({ accessKeyId: own.id, secret: own.secret }));
    const list = async (as: string) => (await send('/api/v1/sessions', { as })).json.sessions;
    expect(await list(BASIC)).toHaveLength(2);
    const seen = await list(own.basic);
    expect(seen).toMatchObject([{ accountId: account, accessKeyId: own.id }]);
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

  it('limit how often a secret is tried', async () => {
    const { db, send, signIn } = await openSignedIn();
    for (let attempt = 0; attempt < 30; attempt++) {
      expect((await signIn({ ...ROOT, secret: `guess ${attempt}` })).status).toBe(401);
    }
    const refused = await signIn(ROOT);
    expect(refused).toMatchObject({ status: 429, json: { code: 'throttled' } });
    expect(refused.headers.get('Retry-After')).toBe('300');
    // The key itself is not locked.
    expect((await send('/api/v1/accounts')).status).toBe(200);
    await db.prepare('UPDATE sign_in_failures SET window = window - 1').run();
    expect((await signIn(ROOT)).status).toBe(201);
    await send('/api/v1/jobs/clean-up', { method: 'POST' });
    expect(await db.prepare('SELECT COUNT(*) AS n FROM sign_in_failures').first('n')).toBe(0);
  });

  it.each([
    ['two cookies', (cookie: string) => `${cookie}; ${cookie}x`],
    ['an empty one', () => '__Host-signet-session='],
    ['a long one', () => `__Host-signet-session=${'A'.repeat(5000)}`],
    ['another name', (cookie: string) => cookie.replace('__Host-', '')],
  ])('are refused with %s', async (_, change) => {
    const { send, signIn } = await openSignedIn();
    const Cookie = change(readCookie(await signIn(ROOT)));
    expect((await send('/api/v1/accounts', { as: null, headers: { Cookie } })).status).toBe(401);
  });

  it('open nothing but the API of Signet', async () => {
    const { send, signIn } = await openSignedIn();
    const headers = { Cookie: readCookie(await signIn(ROOT)), ...MARK };
    const bce = await send('/v1/certificate', { as: null, headers });
    expect([400, 401, 403]).toContain(bce.status);
    const cas = await send('/?Action=DescribeCACertificate&Version=2020-06-30', {
      as: null,
      headers,
    });
    expect([400, 401, 403, 404]).toContain(cas.status);
    const acme = await send('/acme/new-order', { as: null, headers, body: {} });
    expect(acme.status).toBeGreaterThanOrEqual(400);
  });

  it('are refused to a page of another site', async () => {
    const { send, signIn } = await openSignedIn();
    const Cookie = readCookie(await signIn(ROOT));
    for (const headers of [
      { Cookie, ...MARK, Origin: 'https://evil.test' },
      { Cookie, ...MARK, 'Sec-Fetch-Site': 'cross-site' },
      { Cookie, 'Content-Type': 'text/plain' },
    ]) {
      const answer = await send('/api/v1/accounts', { as: null, headers, body: { name: 'x' } });
      expect(answer).toMatchObject({ status: 403, json: { code: 'cross-site-request' } });
    }
  });

  it('leave the Authorization header alone', async () => {
    const { send } = await openSignedIn();
    const Cookie = `__Host-signet-session=${'A'.repeat(43)}`;
    expect((await send('/api/v1/accounts', { as: BASIC, headers: { Cookie } })).status).toBe(200);
  });
});

import { describe, expect, it } from 'vitest';
import { BASIC } from '../fakes.ts';
import { captureLog, openWorker, type Received } from '../live.ts';

captureLog();

const MARK = { 'X-Requested-With': 'signet-console' };
const ROOT = { accessKeyId: 'root-key', secret: 'root-secret-for-tests' };

function readCookie({ headers }: Received): string {
  return (headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
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

  it('leave the Authorization header alone', async () => {
    const { send } = await openSignedIn();
    const Cookie = `__Host-signet-session=${'A'.repeat(43)}`;
    expect((await send('/api/v1/accounts', { as: BASIC, headers: { Cookie } })).status).toBe(200);
  });
});

import { describe, expect, it } from 'vitest';
import { BASIC } from '../fakes.ts';
import { captureLog } from '../live.ts';
import { MARK, openForBrowsers, ROOT, readCookie } from './sign-in.ts';

captureLog();

describe('cookies of sessions', () => {
  it('are for this host only and are not in the body', async () => {
    const { signIn, createKey } = await openForBrowsers();
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

  it('change nothing without the header that other sites cannot send', async () => {
    const { send, signIn, countAll } = await openForBrowsers();
    const Cookie = readCookie(await signIn(ROOT));
    const before = await countAll();
    const body = { name: 'made by another site' };
    expect(await send('/api/v1/accounts', { as: null, headers: { Cookie }, body })).toMatchObject({
      status: 403,
      json: { code: 'cross-site-request' },
    });
    expect(await countAll()).toEqual(before);
  });

  it('never make a browser ask for a password itself', async () => {
    const { send } = await openForBrowsers();
    for (const [headers, challenge] of [
      [MARK, 'Cookie realm="Signet"'],
      [{}, 'Basic realm="Signet", charset="UTF-8", Bearer realm="Signet"'],
    ] as const) {
      const answer = await send('/api/v1/sessions/current', { as: null, headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('WWW-Authenticate')).toBe(challenge);
    }
  });

  it.each([
    ['two cookies', (cookie: string) => `${cookie}; ${cookie}x`],
    ['an empty one', () => '__Host-signet-session='],
    ['a long one', () => `__Host-signet-session=${'A'.repeat(5000)}`],
    ['another name', (cookie: string) => cookie.replace('__Host-', '')],
  ])('are refused with %s', async (_, change) => {
    const { send, signIn } = await openForBrowsers();
    const Cookie = change(readCookie(await signIn(ROOT)));
    expect((await send('/api/v1/accounts', { as: null, headers: { Cookie } })).status).toBe(401);
  });

  it.each([
    ['bce', 'GET', '/v1/certificate'],
    ['cas', 'GET', '/?Action=DescribeCACertificate&Version=2020-06-30'],
    ['acme', 'POST', '/acme/new-order'],
    ['openssl-ca', 'DELETE', '/api/ca/revoke'],
    ['publish', 'GET', '/ca/default.pem'],
    ['health', 'GET', '/healthz'],
  ])('change no answer outside the API of Signet: %s', async (_, method, path) => {
    const { send, signIn } = await openForBrowsers();
    const Cookie = readCookie(await signIn(ROOT));
    const ask = async (headers: Record<string, string>) => {
      const { status, text } = await send(path, { as: null, method, headers });
      return { status, text: text.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '') };
    };
    expect(await ask({ Cookie, ...MARK })).toEqual(await ask(MARK));
  });

  it('are refused to a page of another site', async () => {
    const { send, signIn } = await openForBrowsers();
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
    const { send } = await openForBrowsers();
    const Cookie = `__Host-signet-session=${'A'.repeat(43)}`;
    expect((await send('/api/v1/accounts', { as: BASIC, headers: { Cookie } })).status).toBe(200);
  });
});

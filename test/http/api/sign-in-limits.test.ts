import { describe, expect, it } from 'vitest';
import { captureLog } from '../live.ts';
import { openForBrowsers, ROOT } from './sign-in.ts';

captureLog();

describe('attempts to sign in', () => {
  it('are limited, while the access key keeps working', async () => {
    const { db, send, signIn } = await openForBrowsers();
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

  it('are limited if they all come at once', async () => {
    const { signIn } = await openForBrowsers();
    const tries = Array.from({ length: 60 }, (_, i) => signIn({ ...ROOT, secret: `guess ${i}` }));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(30);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30);
  });

  it('of one address keep nobody at another address from signing in', async () => {
    const { send } = await openForBrowsers();
    const signInFrom = (address: string, secret: string) => {
      const headers = { 'CF-Connecting-IP': address };
      return send('/api/v1/sessions', { as: null, headers, body: { ...ROOT, secret } });
    };
    const tries = Array.from({ length: 120 }, (_, i) => signInFrom('192.0.2.1', `guess ${i}`));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(30);
    expect((await signInFrom('192.0.2.2', ROOT.secret)).status).toBe(201);
  });

  it('do not count if they succeed', async () => {
    const { signIn } = await openForBrowsers();
    for (let i = 0; i < 40; i++) expect((await signIn(ROOT)).status).toBe(201);
  });

  it.each([
    ['of one IPv6 network', (host: number) => `2001:db8:0:7::${host.toString(16)}`, 429],
    ['of many IPv6 networks', (host: number) => `2001:db8:0:${host.toString(16)}::1`, 201],
    ['in IPv6 form of many IPv4 hosts', (host: number) => `::ffff:192.0.2.${host}`, 201],
    ['of many IPv4 hosts', (host: number) => `192.0.2.${host}`, 201],
  ])('are limited by address, here addresses %s', async (_, name, status) => {
    const { send } = await openForBrowsers();
    const signInFrom = (host: number, secret: string) => {
      const headers = { 'CF-Connecting-IP': name(host) };
      return send('/api/v1/sessions', { as: null, headers, body: { ...ROOT, secret } });
    };
    for (let host = 0; host < 30; host++) {
      expect((await signInFrom(host, 'wrong')).status).toBe(401);
    }
    expect((await signInFrom(200, ROOT.secret)).status).toBe(status);
  });
});

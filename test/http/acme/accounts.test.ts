import { describe, expect, it } from 'vitest';
import { ALGS, makeAcmeKey } from '../../acme/jws.ts';
import { captureLog, openWorker } from '../live.ts';
import { AcmeClient, BASE, createEabKey } from './acme-client.ts';

captureLog();

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
    const found = await again.register(eab);
    expect([found.status, again.account]).toEqual([200, client.account]);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { Services } from '../../src/http/services.ts';
import { captureLog, type LiveWorker, openWorker } from '../http/live.ts';
import { commonName, dnsName, makeCsrPem } from '../make-csr.ts';
import { countRows } from '../store/database.ts';
import { CALLER, createPolicy, openServices, REQUEST, ROOT } from './live-services.ts';

captureLog();

const RULES = { dnsNames: [{ name: 'example.com', match: 'one-label' }] };
const WIDE = { dnsNames: 'any', subject: 'any' };

let live: LiveWorker;
let services: Services;
beforeEach(async () => {
  live = await openWorker();
  services = openServices(live.db);
});

async function issue(name: string, as?: string, worker = live) {
  const csr = await makeCsrPem({ subjectAltNames: [dnsName(name)] });
  return worker.send('/api/v1/certificates', { body: csr, ...(as === undefined ? {} : { as }) });
}

function expectViolated(received: Awaited<ReturnType<typeof issue>>, ...texts: string[]): void {
  expect(received, received.text).toMatchObject({ status: 403, json: { code: 'policy-violated' } });
  for (const text of texts) expect(received.json.detail).toContain(text);
}

/** An access key of `root` that may issue, and whose policy is changed by another isolate. */
async function createKey(policyId: string | null, accountId?: string) {
  const key = await live.createKey(['certificates:Issue', 'accounts:Manage'], accountId);
  await services.accessKeys.update(ROOT, key.id, { policyId }, REQUEST);
  return key;
}

describe('the policy of an access key', () => {
  it('permits what it names and refuses the rest, with rule, name and policy', async () => {
    const policyId = await createPolicy(services, RULES);
    const key = await createKey(policyId);
    expect((await issue('www.example.com', key.basic)).status).toBe(201);
    const refused = await issue('www.example.org', key.basic);
    expectViolated(refused, 'dnsNames', 'www.example.org', 'web', policyId);
    expect(await countRows(live.db, 'certificates')).toBe(1);
  });

  it('does not bind other keys, which can do what they could', async () => {
    await createPolicy(services, RULES);
    const { basic } = await createKey(null);
    for (const as of [basic, undefined]) {
      expect((await issue('www.example.org', as)).status).toBe(201);
    }
  });

  it('is obeyed at once after another isolate has changed, given or taken it', async () => {
    const policyId = await createPolicy(services, RULES);
    const key = await createKey(policyId);
    expect((await issue('www.example.com', key.basic)).status).toBe(201);
    const rules = { dnsNames: [{ name: 'example.org', match: 'one-label' }] };
    await services.policies.update(ROOT, policyId, { rules }, REQUEST);
    expectViolated(await issue('www.example.com', key.basic), 'www.example.com');
    expect((await issue('www.example.org', key.basic)).status).toBe(201);
    await services.accessKeys.update(ROOT, key.id, { policyId: null }, REQUEST);
    expect((await issue('www.example.com', key.basic)).status).toBe(201);
    await services.accessKeys.update(ROOT, key.id, { policyId }, REQUEST);
    expectViolated(await issue('www.example.com', key.basic), 'www.example.com');
  });

  it('permits at once what another isolate has permitted', async () => {
    const policyId = await createPolicy(services, RULES);
    const key = await createKey(policyId);
    expectViolated(await issue('www.example.org', key.basic));
    await services.policies.update(ROOT, policyId, { rules: WIDE }, REQUEST);
    expect((await issue('www.example.org', key.basic)).status).toBe(201);
  });

  it('is the same for keys that it creates and changes, and only for those', async () => {
    const policyId = await createPolicy(services, RULES);
    const key = await createKey(policyId);
    const child = await live.createKey(['certificates:Issue'], undefined, key.basic);
    expectViolated(await issue('www.example.org', child.basic), policyId);
    const free = await live.createKey(['certificates:Issue']);
    for (const { id } of [free, await createKey(await createPolicy(services, WIDE))]) {
      const path = `/api/v1/access-keys/${id}`;
      for (const sending of [{ method: 'PATCH', body: { name: 'b' } }, { method: 'DELETE' }]) {
        expect(await live.send(path, { ...sending, as: key.basic })).toMatchObject({ status: 403 });
      }
    }
    const renamed = { method: 'PATCH', body: { name: 'b' }, as: key.basic };
    expect((await live.send(`/api/v1/access-keys/${child.id}`, renamed)).status).toBe(200);
  });

  it('is not left by a caller whose policy another isolate has just set', async () => {
    const key = await createKey(null);
    expect((await issue('www.example.org', key.basic)).status).toBe(201);
    const policyId = await createPolicy(services, RULES);
    await services.accessKeys.update(ROOT, key.id, { policyId }, REQUEST);
    const body = { name: 'free', scopes: ['certificates:Issue'] };
    const answer = await live.send('/api/v1/access-keys', { body, as: key.basic });
    expect(answer).toMatchObject({ status: 403, json: { code: 'forbidden' } });
  });

  it('must be one of its account or of root', async () => {
    const accountId = await live.createAccount();
    const own = await createPolicy(services, RULES, accountId);
    const foreign = await createPolicy(services, RULES, await live.createAccount());
    await createKey(own, accountId);
    await createKey(await createPolicy(services, RULES), accountId);
    for (const policyId of [foreign, 'pol-000000000000']) {
      await expect(createKey(policyId, accountId)).rejects.toMatchObject({
        code: 'policy-not-found',
        field: 'policyId',
      });
    }
  });
});

describe('several policies', () => {
  it('of key, account and authority have to permit a certificate all', async () => {
    const accountId = await live.createAccount();
    const name = (...names: string[]) => ({
      dnsNames: names.map((each) => ({ name: `${each}.example.com`, match: 'exact' })),
    });
    const ofKey = await createPolicy(services, name('a', 'b', 'c'));
    const ofAccount = await createPolicy(services, name('a', 'b', 'd'));
    const ofAuthority = await createPolicy(services, name('a', 'c', 'd'));
    const key = await createKey(ofKey, accountId);
    await services.accounts.update(ROOT, accountId, { policyId: ofAccount }, REQUEST);
    await issue('x.example.com');
    await services.authorityManager.update(CALLER, 'default', { policyId: ofAuthority });
    expect((await issue('a.example.com', key.basic)).status).toBe(201);
    expectViolated(await issue('b.example.com', key.basic), ofAuthority);
    expectViolated(await issue('c.example.com', key.basic), ofAccount);
    expectViolated(await issue('d.example.com', key.basic), ofKey);
    expectViolated(await issue('b.example.com'), ofAuthority);
    expect((await issue('d.example.com')).status).toBe(201);
  });

  it('are obeyed at once after another isolate has set that of an account or authority', async () => {
    const accountId = await live.createAccount();
    const key = await createKey(null, accountId);
    expect((await issue('www.example.org', key.basic)).status).toBe(201);
    const policyId = await createPolicy(services, RULES);
    await services.accounts.update(ROOT, accountId, { policyId }, REQUEST);
    expectViolated(await issue('www.example.org', key.basic), policyId);
    await services.accounts.update(ROOT, accountId, { policyId: null }, REQUEST);
    expect((await issue('www.example.org', key.basic)).status).toBe(201);
    await services.authorityManager.update(CALLER, 'default', { policyId });
    expectViolated(await issue('www.example.org', key.basic), policyId);
  });
});

describe('a root that issues no leaf certificates', () => {
  it('refuses leaves, but certifies CAs', async () => {
    await issue('a.example.com');
    const policyId = await createPolicy(services, { issues: ['ca'], subject: 'any' });
    await services.authorityManager.update(CALLER, 'default', { policyId });
    expectViolated(await issue('a.example.com'), 'issues');
    const sub = { name: 'sub', subject: 'CN=Sub CA', parent: 'default' };
    const created = await live.send('/api/v1/authorities', { body: sub });
    expect(created.status, created.text).toBe(201);
  });

  it('certifies no CA without that kind, and none with another name', async () => {
    await issue('a.example.com');
    const body = { name: 'sub', subject: 'CN=Sub CA', parent: 'default' };
    for (const [rules, rule] of [
      [{ subject: 'any' }, 'issues'],
      [{ issues: ['ca'], subject: { CN: ['Other CA'] } }, 'subject'],
    ] as const) {
      const policyId = await createPolicy(services, rules);
      await services.authorityManager.update(CALLER, 'default', { policyId });
      const refused = await live.send('/api/v1/authorities', { body });
      expectViolated(refused, rule);
    }
    expect(await countRows(live.db, 'authorities')).toBe(1);
  });
});

describe('the longest validity of a policy', () => {
  it('is counted from now, without the backdating of the profile', async () => {
    const exact = await createKey(
      await createPolicy(services, { ...RULES, maxValiditySeconds: 365 * 86400 }),
    );
    expect((await issue('a.example.com', exact.basic)).status).toBe(201);
    const short = await createKey(
      await createPolicy(services, { ...RULES, maxValiditySeconds: 365 * 86400 - 1 }),
    );
    expectViolated(await issue('a.example.com', short.basic), 'maxValiditySeconds');
  });
});

describe('the number of valid certificates', () => {
  const limited = (maxValidCertificates: number) => ({ ...RULES, maxValidCertificates });

  it('is limited until one is revoked or expires', async () => {
    const policyId = await createPolicy(services, limited(2));
    const key = await createKey(policyId);
    expect((await issue('a.example.com', key.basic)).status).toBe(201);
    const serial = await live.db.prepare('SELECT serial FROM certificates').first<string>('serial');
    expect((await issue('b.example.com', key.basic)).status).toBe(201);
    expectViolated(await issue('c.example.com', key.basic), 'maxValidCertificates', policyId, '2');
    const path = `/api/v1/certificates/${serial}/revoke`;
    for (const reason of ['certificateHold', 'superseded']) {
      expectViolated(await issue('c.example.com', key.basic));
      const revoked = await live.send(path, { body: JSON.stringify({ reason }) });
      expect(revoked.status, revoked.text).toBe(200);
    }
    expect((await issue('c.example.com', key.basic)).status).toBe(201);
    expect(await countRows(live.db, 'policy_certificates')).toBe(2);
    expectViolated(await issue('d.example.com', key.basic));
    await live.db.prepare('UPDATE policy_certificates SET not_after_s = 1').run();
    expect((await issue('d.example.com', key.basic)).status).toBe(201);
  });

  it('is not exceeded by concurrent requests, which all get an answer', async () => {
    const key = await createKey(await createPolicy(services, limited(5)));
    await issue('a.example.com', key.basic);
    const names = Array.from({ length: 12 }, (_, i) => `h${i}.example.com`);
    const answers = await Promise.all(names.map((name) => issue(name, key.basic)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(4);
    expect(statuses.filter((status) => status === 403)).toHaveLength(8);
    expect(await countRows(live.db, 'certificates')).toBe(5);
  });

  it('of a policy with limit 0 is none', async () => {
    const key = await createKey(await createPolicy(services, limited(0)));
    expectViolated(await issue('a.example.com', key.basic));
  });

  it('counts CA certificates, too', async () => {
    await issue('a.example.com');
    const rules = { issues: ['ca'], subject: 'any', maxValidCertificates: 1 };
    const policyId = await createPolicy(services, rules);
    await services.authorityManager.update(CALLER, 'default', { policyId });
    const create = (name: string) =>
      live.send('/api/v1/authorities', {
        body: { name, subject: `CN=${name}`, parent: 'default' },
      });
    expect((await create('One CA')).status).toBe(201);
    expectViolated(await create('Two CA'), policyId);
  });

  it('is counted in rows that the job clean-up deletes after expiry', async () => {
    const key = await createKey(await createPolicy(services, limited(5)));
    await issue('a.example.com', key.basic);
    await issue('b.example.com', key.basic);
    await live.db
      .prepare(
        'UPDATE policy_certificates SET not_after_s = 1 WHERE serial = (SELECT MIN(serial) FROM policy_certificates)',
      )
      .run();
    const job = await live.send('/api/v1/jobs/clean-up', { method: 'POST' });
    expect(job.json).toMatchObject({ report: { policyCertificates: 1 } });
    expect(await countRows(live.db, 'policy_certificates')).toBe(1);
  });
});

describe('D1 round trips', () => {
  it('are not more with policies than without, once they are in memory', async () => {
    async function count(as: string): Promise<number> {
      await issue('a.example.com', as);
      const before = live.counted.calls.count;
      expect((await issue('b.example.com', as)).status).toBe(201);
      return live.counted.calls.count - before;
    }
    const without = await count((await createKey(null)).basic);
    const accountId = await live.createAccount();
    const key = await createKey(await createPolicy(services, RULES), accountId);
    const policyId = await createPolicy(services, { ...RULES, maxValidCertificates: 100 });
    await services.accounts.update(ROOT, accountId, { policyId }, REQUEST);
    await services.authorityManager.update(CALLER, 'default', {
      policyId: await createPolicy(services, RULES),
    });
    expect(await count(key.basic)).toBe(without);
    expect(without).toBe(1);
  });
});

describe('rows that another program has changed', () => {
  async function expectRefused(basic: string, status: number): Promise<void> {
    const before = await countRows(live.db, 'certificates');
    // One isolate has the policy in memory, the other has not.
    for (const worker of [live, await openWorker({}, live.db)]) {
      expect(await issue('www.example.org', basic, worker)).toMatchObject({ status });
    }
    expect(await countRows(live.db, 'certificates')).toBe(before);
  }

  it.each([
    ["rules = (SELECT wide.rules FROM policies AS wide WHERE wide.name = 'wide')", 503],
    [`rules = '{"dnsNames":"any"}'`, 503],
    [
      "rules = (SELECT wide.rules FROM policies AS wide WHERE wide.name = 'wide'), revision = revision + 1",
      503,
    ],
  ])('do not widen a policy: %s', async (change, status) => {
    const key = await createKey(await createPolicy(services, RULES));
    await createPolicy(services, WIDE, 'root', 'wide');
    expect((await issue('www.example.com', key.basic)).status).toBe(201);
    await live.db.prepare(`UPDATE policies SET ${change} WHERE name = 'web'`).run();
    const fresh = await openWorker({}, live.db);
    expect(await issue('www.example.org', key.basic, fresh)).toMatchObject({ status });
    expect((await issue('www.example.org', key.basic)).status).toBeGreaterThanOrEqual(400);
    expect(await countRows(live.db, 'certificates')).toBe(1);
  });

  it.each(['NULL', "(SELECT id FROM policies WHERE name = 'wide')"])(
    'do not take the policy of an access key: %s',
    async (policyId) => {
      const key = await createKey(await createPolicy(services, RULES));
      await createPolicy(services, WIDE, 'root', 'wide');
      expect((await issue('www.example.com', key.basic)).status).toBe(201);
      await live.db
        .prepare(`UPDATE access_keys SET policy_id = ${policyId} WHERE id = ?`)
        .bind(key.id)
        .run();
      await expectRefused(key.basic, 503);
    },
  );

  it('refuse everything if the policy is gone', async () => {
    const key = await createKey(await createPolicy(services, RULES));
    expect((await issue('www.example.com', key.basic)).status).toBe(201);
    await live.db.prepare('DELETE FROM policies').run();
    await expectRefused(key.basic, 403);
  });
});

describe('a subject', () => {
  it('may repeat a permitted name in its CN, and nothing else', async () => {
    const key = await createKey(await createPolicy(services, RULES));
    const send = async (cn: string, ...names: string[]) => {
      const csr = await makeCsrPem({
        subject: [commonName(cn)],
        subjectAltNames: names.map(dnsName),
      });
      return live.send('/api/v1/certificates', { body: csr, as: key.basic });
    };
    expect((await send('a.example.com', 'a.example.com')).status).toBe(201);
    expect((await send('a.example.com')).status).toBe(201);
    expectViolated(await send('a.example.org', 'a.example.com'), 'a.example.org', 'dnsNames');
    expectViolated(await send('Alice', 'a.example.com'), 'CN=Alice', 'subject');
  });
});

describe('a new version of SEALING_KEY', () => {
  it('seals policies, access keys with a policy and ACME settings again', async () => {
    const policyId = await createPolicy(services, RULES);
    const key = await createKey(policyId);
    await issue('a.example.com', key.basic);
    const acme = { externalAccountRequired: false };
    await services.authorityManager.update(CALLER, 'default', { acme });
    const SEALING_KEY_V2 = new Uint8Array(32).fill(2).toBase64();
    const both = await openWorker({ SEALING_KEY_V2 }, live.db);
    const { json } = await both.send('/api/v1/jobs/reseal', { method: 'POST' });
    expect(json).toMatchObject({ report: { resealed: 3, failed: 0, remaining: 0 } });
    const rows = await live.db
      .prepare(
        `SELECT rules AS sealed FROM policies UNION ALL SELECT secret FROM access_keys
UNION ALL SELECT acme_seal FROM authorities`,
      )
      .all<{ sealed: string }>();
    expect(rows.results.map(({ sealed }) => sealed.slice(0, 3))).toEqual(['v2.', 'v2.', 'v2.']);
    expectViolated(await issue('a.example.org', key.basic, both), policyId);
    expect((await issue('a.example.com', key.basic, both)).status).toBe(201);
  });
});

describe('the settings of ACME', () => {
  const read = async () => {
    const { acme } = await openServices(live.db).openCurrentAuthority('default');
    return acme.externalAccountRequired;
  };

  it('are kept for an authority, and need an external account binding by default', async () => {
    await issue('a.example.com');
    expect(await read()).toBe(true);
    const set = (acme: { externalAccountRequired: boolean } | null) =>
      services.authorityManager.update(CALLER, 'default', { acme });
    await set({ externalAccountRequired: false });
    expect(await read()).toBe(false);
    await set(null);
    expect(await read()).toBe(true);
  });

  it('permit nothing if another program wrote them', async () => {
    await issue('a.example.com');
    await live.db
      .prepare(`UPDATE authorities SET acme = '{"externalAccountRequired":false}'`)
      .run();
    expect(await read()).toBe(true);
    const fresh = await openWorker({}, live.db);
    expect(await issue('a.example.com', undefined, fresh)).toMatchObject({ status: 503 });
  });

  it('and the policy of an authority are not changed by a caller that a policy bounds', async () => {
    await issue('a.example.com');
    const policyId = await createPolicy(services, RULES);
    const bound = { ...CALLER, principal: { ...ROOT, policyId } };
    for (const changes of [{ policyId: null }, { acme: { externalAccountRequired: false } }]) {
      await expect(
        services.authorityManager.update(bound, 'default', changes),
      ).rejects.toMatchObject({ code: 'forbidden' });
    }
    await expect(
      services.accounts.update(bound.principal, 'root', { policyId: null }, REQUEST),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { LEAF_KEY_PEM, uploadPem } from '../inventory/uploads.ts';
import { CSR_PEM } from './fixtures/certificates.ts';
import { captureLog, type LiveWorker, openWorker } from './live.ts';

captureLog();

let live: LiveWorker;
beforeEach(async () => {
  live = await openWorker();
});

/** Another isolate over the same database, with nothing in memory. */
const openOther = () => openWorker({}, live.db);

const issue = (worker: LiveWorker, basic: string) =>
  worker.send('/api/v1/certificates', { as: basic, body: CSR_PEM });

async function forge(id: string, change: string): Promise<void> {
  await live.db.prepare(`UPDATE access_keys SET ${change} WHERE id = ?`).bind(id).run();
}

describe('an access key whose row was changed in the database', () => {
  it.each([
    ['scopes', `scopes = '["*"]'`],
    ['scopes and account', `scopes = '["*"]', account_id = 'root'`],
  ])('is refused if it got other %s', async (_, change) => {
    const key = await live.createKey(['certificates:Read'], await live.createAccount());
    // One isolate has the key in memory, the other has not.
    expect((await live.send('/api/v1/certificates/1', { as: key.basic })).status).toBe(404);
    await forge(key.id, change);
    const before = await live.countAll();
    for (const worker of [live, await openOther()]) {
      expect(await issue(worker, key.basic)).toMatchObject({
        status: 503,
        json: { code: 'sealing-unavailable' },
      });
    }
    expect(await live.countAll()).toEqual(before);
  });

  it('is refused if it got another account, even for what its scopes permit', async () => {
    const key = await live.createKey(['accounts:Manage'], await live.createAccount());
    await forge(key.id, "account_id = 'root'");
    const answer = await (await openOther()).send('/api/v1/accounts', {
      as: key.basic,
      body: { name: 'x' },
    });
    expect(answer.status).toBe(503);
  });

  it.each([
    ['enabled', { enabled: false }, 'enabled = 1'],
    ['without an expiry', { expiresAt: '2100-01-01T00:00:00Z' }, 'expires_at_s = NULL'],
  ])('is refused if it was made %s', async (_, change, forged) => {
    const key = await live.createKey(['*']);
    const path = `/api/v1/access-keys/${key.id}`;
    expect((await live.send(path, { method: 'PATCH', body: change })).status).toBe(200);
    await forge(key.id, forged);
    expect((await issue(await openOther(), key.basic)).status).toBe(503);
  });

  it('cannot give the scopes it got to another key', async () => {
    const key = await live.createKey(['accounts:Manage']);
    const create = () =>
      live.send('/api/v1/access-keys', { as: key.basic, body: { name: 'x', scopes: ['*'] } });
    expect((await create()).status).toBe(403);
    await forge(key.id, `scopes = '["*"]'`);
    const other = await live.createKey(['inventory:Read']);
    const before = await live.countAll();
    expect((await create()).status).toBe(503);
    const widen = { as: key.basic, method: 'PATCH', body: { scopes: ['*'] } };
    expect((await live.send(`/api/v1/access-keys/${other.id}`, widen)).status).toBe(503);
    expect(await live.countAll()).toEqual(before);
  });

  it('is not sealed again by a change, but can be deleted', async () => {
    const key = await live.createKey(['inventory:Read']);
    await forge(key.id, `scopes = '["*"]'`);
    const path = `/api/v1/access-keys/${key.id}`;
    const change = { method: 'PATCH', body: { enabled: false } };
    expect((await live.send(path, change)).json.code).toBe('sealing-unavailable');
    expect((await live.send(path, { method: 'DELETE' })).status).toBe(204);
  });

  it('cannot be inserted with the secret of another key', async () => {
    const key = await live.createKey(['inventory:Read']);
    await live.db
      .prepare(
        `INSERT INTO access_keys (id, account_id, name, secret, scopes, enabled, expires_at_s,
  created_at_ms, last_used_at_s) SELECT 'ak-aaaaaaaaaaaaaaaaaaaa', 'root', name, secret, '["*"]',
  1, NULL, created_at_ms, NULL FROM access_keys WHERE id = ?`,
      )
      .bind(key.id)
      .run();
    const basic = `Basic ${btoa(`ak-aaaaaaaaaaaaaaaaaaaa:${key.secret}`)}`;
    expect((await issue(live, basic)).status).toBe(503);
  });
});

describe('an access key that was changed through the API', () => {
  it('has its new scopes at once in every isolate, for one more query', async () => {
    const other = await openOther();
    const key = await live.createKey(['inventory:Read']);
    for (const worker of [live, other]) expect((await issue(worker, key.basic)).status).toBe(403);
    const change = { method: 'PATCH', body: { scopes: ['certificates:Issue'] } };
    expect((await live.send(`/api/v1/access-keys/${key.id}`, change)).status).toBe(200);
    for (const worker of [live, other]) {
      expect((await issue(worker, key.basic)).status).toBe(201);
      const read = await worker.send('/api/v1/certificates/1', { as: key.basic });
      expect(read.json.code).toBe('forbidden');
    }
  });

  it('works again after it was enabled again', async () => {
    const key = await live.createKey(['certificates:Issue']);
    for (const [enabled, status] of [
      [false, 403],
      [true, 201],
    ] as const) {
      const change = { method: 'PATCH', body: { enabled } };
      expect((await live.send(`/api/v1/access-keys/${key.id}`, change)).status).toBe(200);
      for (const worker of [live, await openOther()]) {
        expect((await issue(worker, key.basic)).status).toBe(status);
      }
    }
  });
});

describe('an authority whose row was moved to another account', () => {
  it('signs nothing', async () => {
    const accountId = await live.createAccount();
    const key = await live.createKey(['certificates:Issue'], accountId);
    const made = { name: 'A', subject: 'CN=A', parent: null };
    const { json } = await live.send('/api/v1/authorities', { body: made });
    await live.db
      .prepare('UPDATE authorities SET account_id = ? WHERE id = ?')
      .bind(accountId, String(json.id))
      .run();
    const sending = { as: key.basic, body: CSR_PEM };
    const answer = await (await openOther()).send(
      `/api/v1/certificates?authority=${json.id}`,
      sending,
    );
    expect([answer.status, answer.json.code]).toEqual([503, 'authority-unavailable']);
  });
});

describe('an authority with a secret as its key, whose row was moved to another account', () => {
  it('signs nothing', async () => {
    const accountId = await live.createAccount();
    const key = await live.createKey(['certificates:Issue'], accountId);
    expect((await issue(live, key.basic)).status).toBe(201);
    await live.db.prepare('UPDATE authorities SET account_id = ?').bind(accountId).run();
    const answer = await issue(await openOther(), key.basic);
    expect([answer.status, answer.json.code]).toEqual([503, 'authority-unavailable']);
  });
});

describe('an authority with profiles that were changed in the database', () => {
  it('signs no certificates, but its CRL', async () => {
    const profiles = { own: { extendedKeyUsages: ['clientAuth'], validityDays: 5 } };
    const made = { name: 'A', subject: 'CN=A', parent: null, profiles };
    const { json } = await live.send('/api/v1/authorities', { body: made });
    const issueBy = async (worker: LiveWorker) => {
      const body = { csr: CSR_PEM, authority: json.id, profile: 'own' };
      return (await worker.send('/api/v1/certificates', { body })).status;
    };
    expect(await issueBy(await openOther())).toBe(201);
    for (const forged of ["profiles = replace(profiles, '5', '5000')", 'profiles_seal = NULL']) {
      await live.db.prepare(`UPDATE authorities SET ${forged} WHERE id = ?`).bind(json.id).run();
      expect(await issueBy(await openOther())).toBe(503);
    }
    const crl = await (await openOther()).send(`/crl/${json.id}.crl`, { as: null });
    expect(crl.status).toBe(200);
    // An authority without profiles of its own gets none by a change of its row.
    await live.send('/api/v1/certificates', { body: CSR_PEM });
    await live.db
      .prepare("UPDATE authorities SET profiles = ? WHERE id = 'default'")
      .bind(JSON.stringify({ own: profiles.own }))
      .run();
    const answer = await (await openOther()).send('/api/v1/certificates', { body: CSR_PEM });
    expect(answer.status).toBe(503);
  });
});

describe('a private key of the inventory', () => {
  it('does not open for another account that its row was moved to', async () => {
    const accountId = await live.createAccount();
    const thief = await live.createKey(['inventory:*'], accountId);
    const { json } = await live.send('/api/v1/inventory', {
      body: { name: 'theirs', certificate: uploadPem('leaf'), privateKey: LEAF_KEY_PEM },
    });
    const path = `/api/v1/inventory/${json.id}/private-key`;
    await live.db.prepare('UPDATE inventory SET account_id = ?').bind(accountId).run();
    const answer = await live.send(path, { as: thief.basic });
    expect([answer.status, answer.json.code]).toEqual([503, 'sealing-unavailable']);
  });
});

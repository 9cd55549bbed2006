import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import { createSealer } from '../../src/keys/sealing.ts';
import { createPolicies, type Policies } from '../../src/policy/policies.ts';
import { createPolicyStore } from '../../src/store/policy.ts';
import { addAccount, REQUEST, ROOT, SEALER } from '../inventory/make-inventory.ts';
import { NOW_MS, openDatabase } from '../store/database.ts';

const RULES = { dnsNames: [{ name: 'example.com', match: 'any-depth' }] };
const LEAF = {
  authorityId: 'default',
  kind: 'leaf',
  profile: 'tls-server',
  subject: [],
  names: [],
  validitySeconds: 3600,
} as const;

describe('policies', () => {
  let db: D1Database;
  let policies: Policies;
  let owner: Principal;
  let other: Principal;
  let nowMs: number;

  function open(configuredPolicyId: string | null = null, sealer = SEALER): Policies {
    return createPolicies({
      store: createPolicyStore(db),
      secrets: { refresh: async (principal) => principal },
      sealer,
      configuredPolicyId,
      clock: () => nowMs,
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    });
  }

  beforeEach(async () => {
    db = await openDatabase();
    nowMs = NOW_MS;
    policies = open();
    owner = await addAccount(db, 'acct-a');
    other = await addAccount(db, 'acct-b');
  });

  const create = (principal: Principal, name = 'web') =>
    policies.create(principal, { accountId: null, name, rules: RULES }, REQUEST);

  async function listEvents(): Promise<unknown[]> {
    const { results } = await db
      .prepare('SELECT action, target, detail FROM audit_events ORDER BY rowid')
      .all<{ action: string; target: string; detail: string }>();
    return results.map(({ action, target, detail }) => [action, target, JSON.parse(detail)]);
  }

  it('are created, read, changed and deleted, each with an audit event', async () => {
    const created = await create(owner);
    expect(created).toMatchObject({ accountId: 'acct-a', name: 'web', revision: 1 });
    expect(created.id).toMatch(/^pol-[a-z0-9]{12}$/);
    expect(await policies.find(owner, created.id)).toEqual(created);
    nowMs += 5;
    const rules = { ...RULES, maxValiditySeconds: 3600 };
    const updated = await policies.update(owner, created.id, { name: 'www', rules }, REQUEST);
    expect(updated).toMatchObject({ name: 'www', revision: 2, updatedAtMs: NOW_MS + 5 });
    expect(updated.rules.maxValiditySeconds).toBe(3600);
    expect(await policies.find(owner, created.id)).toEqual(updated);
    await policies.remove(owner, created.id, REQUEST);
    await expect(policies.find(owner, created.id)).rejects.toMatchObject({
      code: 'policy-not-found',
    });
    expect((await listEvents()).slice(-3)).toEqual([
      ['policy.create', created.id, { account: 'acct-a', name: 'web' }],
      ['policy.update', created.id, { revision: 2, name: 'www', rules: 'maxValiditySeconds' }],
      ['policy.delete', created.id, {}],
    ]);
  });

  it('keep their rules if only the name changes', async () => {
    const { id, rules } = await create(owner);
    const renamed = await policies.update(owner, id, { name: 'www' }, REQUEST);
    expect(renamed).toMatchObject({ name: 'www', rules, revision: 2 });
  });

  it('belong to an account: others neither see nor change them', async () => {
    const { id } = await create(owner);
    const notFound = { code: 'policy-not-found' };
    await expect(policies.find(other, id)).rejects.toMatchObject(notFound);
    await expect(policies.evaluate(other, id, LEAF)).rejects.toMatchObject(notFound);
    await expect(policies.update(other, id, { name: 'x' }, REQUEST)).rejects.toMatchObject(
      notFound,
    );
    await expect(policies.remove(other, id, REQUEST)).rejects.toMatchObject(notFound);
    expect((await policies.list(other, null, { afterId: null, limit: 10 })).items).toEqual([]);
    await expect(
      policies.create(other, { accountId: 'acct-a', name: 'x', rules: {} }, REQUEST),
    ).rejects.toMatchObject({ code: 'account-not-found' });
    expect(await policies.find(ROOT, id)).toMatchObject({ name: 'web' });
  });

  it('of the account root are read by id, but not changed or listed by others', async () => {
    const { id } = await create(ROOT);
    expect(await policies.find(owner, id)).toMatchObject({ id });
    await expect(policies.update(owner, id, { name: 'x' }, REQUEST)).rejects.toMatchObject({
      code: 'policy-not-found',
    });
    await expect(policies.remove(owner, id, REQUEST)).rejects.toMatchObject({
      code: 'policy-not-found',
    });
    expect((await policies.list(owner, null, { afterId: null, limit: 10 })).items).toEqual([]);
  });

  it('are listed in pages by id', async () => {
    const ids = [];
    for (const name of ['a', 'b', 'c']) ids.push((await create(owner, name)).id);
    await create(other);
    const first = await policies.list(owner, null, { afterId: null, limit: 2 });
    const second = await policies.list(owner, null, { afterId: first.nextAfterId, limit: 2 });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.toSorted());
    expect(second.nextAfterId).toBeNull();
    expect((await policies.list(ROOT, null, { afterId: null, limit: 10 })).items).toHaveLength(4);
    expect((await policies.list(ROOT, 'acct-b', { afterId: null, limit: 9 })).items).toHaveLength(
      1,
    );
  });

  it('are not changed by a caller that one bounds', async () => {
    const { id } = await create(owner);
    const bound = { ...owner, policyId: id };
    const forbidden = { code: 'forbidden' };
    await expect(create(bound)).rejects.toMatchObject(forbidden);
    await expect(policies.update(bound, id, { rules: {} }, REQUEST)).rejects.toMatchObject(
      forbidden,
    );
    await expect(policies.remove(bound, id, REQUEST)).rejects.toMatchObject(forbidden);
    expect(await policies.find(bound, id)).toMatchObject({ revision: 1 });
  });

  it('cannot be deleted while something refers to them', async () => {
    const { id } = await create(owner);
    const references = [
      `UPDATE accounts SET policy_id = ?1 WHERE id = 'acct-a'`,
      `INSERT INTO access_keys (id, account_id, name, secret, scopes, enabled, created_at_ms, policy_id)
VALUES ('ak-1', 'acct-a', 'k', 'v1.a.a', '[]', 0, 0, ?1)`,
      `INSERT INTO acme_eab_keys (id, account_id, name, policy_id, mac_key, single_use, enabled, created_at_ms)
VALUES ('eab-1', 'acct-a', 'k', ?1, 'v1.a.a', 0, 0, 0)`,
    ];
    for (const sql of references) {
      await db.prepare(sql).bind(id).run();
      await expect(policies.remove(owner, id, REQUEST)).rejects.toMatchObject({ code: 'in-use' });
      await db.batch([
        db.prepare('UPDATE accounts SET policy_id = NULL'),
        db.prepare('DELETE FROM access_keys'),
        db.prepare('DELETE FROM acme_eab_keys'),
      ]);
    }
    await expect(open(id).remove(owner, id, REQUEST)).rejects.toMatchObject({ code: 'in-use' });
    await policies.remove(owner, id, REQUEST);
  });

  it('are updated once by each of two concurrent callers', async () => {
    const { id } = await create(owner);
    await Promise.all(['a', 'b'].map((name) => policies.update(owner, id, { name }, REQUEST)));
    expect(await policies.find(owner, id)).toMatchObject({ revision: 3 });
  });

  it.each([
    "UPDATE policies SET rules = (SELECT rules FROM policies AS wide WHERE wide.name = 'wide') WHERE name = 'web'",
    "UPDATE policies SET account_id = 'acct-b' WHERE name = 'web'",
    "UPDATE policies SET revision = 2 WHERE name = 'web'",
    `UPDATE policies SET rules = '{"dnsNames":"any"}' WHERE name = 'web'`,
  ])('do not open after another program ran %s', async (sql) => {
    const { id } = await create(owner);
    await create(owner, 'wide');
    await db.prepare(sql).run();
    await expect(policies.find(ROOT, id)).rejects.toMatchObject({ code: 'sealing-unavailable' });
  });

  it('need a sealing key', async () => {
    const without = open(null, createSealer(new Map()));
    await expect(
      without.create(owner, { accountId: null, name: 'web', rules: RULES }, REQUEST),
    ).rejects.toMatchObject({ code: 'sealing-unavailable' });
  });

  it('evaluate a certificate without issuing it', async () => {
    const { id } = await create(owner);
    const names = [
      { kind: 'dns', value: 'a.example.com' },
      { kind: 'dns', value: 'a.example.org' },
      { kind: 'ip', value: '10.0.0.1' },
    ];
    expect(await policies.evaluate(owner, id, { ...LEAF, names })).toMatchObject({
      policy: { id },
      findings: [
        { rule: 'dnsNames', name: 'a.example.org' },
        { rule: 'ipRanges', name: '10.0.0.1' },
      ],
      acme: [{ type: 'dns', value: 'a.example.com', proof: 'prove' }],
    });
  });

  it.each([
    [{ name: '', rules: {} }, 'name'],
    [{ name: 'web', rules: { dnsNames: 'all' } }, 'rules.dnsNames'],
  ])('refuse %j and store nothing', async (given, field) => {
    await expect(
      policies.create(owner, { accountId: null, ...given }, REQUEST),
    ).rejects.toMatchObject({ code: 'invalid-parameter', field });
    expect(await db.prepare('SELECT COUNT(*) AS n FROM policies').first('n')).toBe(0);
  });
});

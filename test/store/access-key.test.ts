import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Access } from '../../src/access/principal.ts';
import type { Scope } from '../../src/access/scopes.ts';
import type { AccessKey, AccessKeyStore } from '../../src/access/store.ts';
import { createAccessKeyStore } from '../../src/store/access-key.ts';
import { createAccessKeySecretStore } from '../../src/store/access-key-secret.ts';
import { createAccountStore } from '../../src/store/account.ts';
import { checkGrant } from '../../src/store/grant.ts';
import { covers, heldScope } from '../access/scope-model.ts';
import {
  countRows,
  instrument,
  makeEvent,
  NOW_MS,
  NOW_SECONDS,
  openDatabase,
  ROOT_ACCESS,
} from './database.ts';

const EVENT = makeEvent('access-key.create', 'ak');
/** The sealed secret before and after a change. */
const KEPT = { from: 'v1.a.b', to: 'v1.a.b' };

function makeKey(changes: Partial<AccessKey> = {}): AccessKey {
  return {
    id: `ak-${crypto.randomUUID()}`,
    accountId: 'root',
    name: 'a key',
    scopes: ['*'],
    enabled: true,
    expiresAtSeconds: null,
    policyId: null,
    createdAtMs: NOW_MS,
    lastUsedAtSeconds: null,
    ...changes,
  };
}

function accessBy(key: AccessKey, scope: Scope = 'accounts:Manage'): Access {
  const { accountId, id } = key;
  return { accountId, grant: { accessKeyId: id, scope }, nowSeconds: NOW_SECONDS };
}

describe('createAccessKeyStore', () => {
  let db: D1Database;
  let store: AccessKeyStore;

  beforeAll(async () => {
    db = await openDatabase();
    store = createAccessKeyStore(db);
    for (const id of ['acct-a', 'acct-b']) {
      const account = {
        id,
        name: id,
        inventoryQuota: null,
        authorityQuota: null,
        policyId: null,
        createdAtMs: NOW_MS,
      };
      await createAccountStore(db).createAccount(account, ROOT_ACCESS, EVENT);
    }
  });

  async function add(changes: Partial<AccessKey>): Promise<AccessKey> {
    const key = makeKey(changes);
    expect(await store.createAccessKey(key, 'v1.a.b', ROOT_ACCESS, EVENT)).toBe('created');
    return key;
  }

  it('reads what was created', async () => {
    const key = await add({ scopes: ['inventory:Read', '*'], expiresAtSeconds: NOW_SECONDS + 5 });
    expect(await store.findAccessKey(key.id, ROOT_ACCESS)).toEqual(key);
    const secret = await createAccessKeySecretStore(db).findSealedSecret(key.id);
    const { id, accountId, scopes, enabled, expiresAtSeconds, policyId } = key;
    const terms = { id, accountId, scopes, enabled, expiresAtSeconds, policyId };
    expect(secret).toEqual({ terms, sealedSecret: 'v1.a.b' });
    expect(await store.findSealedAccessKey(id, ROOT_ACCESS)).toEqual(secret);
  });

  it('checks enabled, expiry and scope as the model does', async () => {
    const state = fc.record({
      scopes: fc.array(heldScope, { minLength: 1, maxLength: 3 }),
      enabled: fc.boolean(),
      expiresIn: fc.constantFrom(null, -1, 0, 1),
      scope: fc.constantFrom<Scope[]>('inventory:Read', 'certificates:Issue', 'yundun-cert:Issue'),
    });
    await fc.assert(
      fc.asyncProperty(state, async ({ scopes, enabled, expiresIn, scope }) => {
        const expiresAtSeconds = expiresIn === null ? null : NOW_SECONDS + expiresIn;
        const key = await add({ scopes, enabled, expiresAtSeconds, accountId: 'acct-a' });
        const access = accessBy(key, scope);
        const expired = expiresIn !== null && expiresIn <= 0;
        const covered = scopes.some((held) => covers(held, scope));
        const refusal = enabled
          ? expired
            ? 'access-key-expired'
            : covered
              ? null
              : 'forbidden'
          : 'access-key-disabled';
        const code = await checkGrant(db, access).then(
          () => null,
          (error: { code: string }) => error.code,
        );
        expect(code).toBe(refusal);
        // The condition of writes must agree with the state that reads check.
        const events = await countRows(db, 'audit_events');
        const deleting = store.deleteAccessKey(key.id, access, EVENT).catch(() => 'refused');
        expect(await deleting).toBe(refusal === null ? 'deleted' : 'refused');
        expect(await countRows(db, 'audit_events')).toBe(events + (refusal === null ? 1 : 0));
      }),
      { numRuns: 150 },
    );
  });

  it('never grants what the granting key does not hold, as the model does', async () => {
    const scopes = fc.uniqueArray(heldScope, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(scopes, scopes, async (others, wanted) => {
        const held = [...others, 'accounts:Manage'];
        const granting = await add({ scopes: held, accountId: 'acct-a' });
        const access = accessBy(granting);
        const mayGrant = wanted.every((want) => held.some((have) => covers(have, want)));
        const made = makeKey({ scopes: wanted, accountId: 'acct-a' });
        const creating = store.createAccessKey(made, 'v1.a.b', access, EVENT);
        expect(await creating).toBe(mayGrant ? 'created' : 'scopes-exceeded');

        const target = await add({ scopes: ['inventory:Read'], accountId: 'acct-a' });
        const widened = await store.updateAccessKey(
          target.id,
          { scopes: wanted },
          KEPT,
          access,
          EVENT,
        );
        if (mayGrant) expect(widened).toMatchObject({ scopes: wanted });
        else expect(widened).toBe('scopes-exceeded');

        // A key with more scopes may be disabled and renamed, but not enabled or prolonged.
        const stopped = await add({ scopes: wanted, accountId: 'acct-a', enabled: false });
        const renew = mayGrant ? expect.objectContaining({ id: stopped.id }) : 'scopes-exceeded';
        const update = (changes: Parameters<AccessKeyStore['updateAccessKey']>[1]) =>
          store.updateAccessKey(stopped.id, changes, KEPT, access, EVENT);
        expect(await update({ expiresAtSeconds: null })).toEqual(renew);
        expect(await update({ enabled: true })).toEqual(renew);
        expect(await update({ enabled: false, name: 'b' })).toMatchObject({ name: 'b' });
      }),
      { numRuns: 60 },
    );
  });

  it('shows and changes no key of another account', async () => {
    const mine = await add({ accountId: 'acct-a' });
    const theirs = await add({ accountId: 'acct-b' });
    const access = accessBy(mine);
    const events = await countRows(db, 'audit_events');
    expect(await store.findAccessKey(theirs.id, access)).toBeNull();
    expect(await store.updateAccessKey(theirs.id, { name: 'x' }, KEPT, access, EVENT)).toBe(
      'not-found',
    );
    expect(await store.deleteAccessKey(theirs.id, access, EVENT)).toBe('not-found');
    const page = { afterId: null, limit: 1000 };
    expect(await store.listAccessKeys('acct-b', page, access)).toEqual([]);
    const listed = await store.listAccessKeys(null, page, access);
    expect(new Set(listed.map(({ accountId }) => accountId))).toEqual(new Set(['acct-a']));
    for (const accountId of ['acct-b', 'root', 'acct-none']) {
      const creating = store.createAccessKey(makeKey({ accountId }), 'v1.a.b', access, EVENT);
      expect(await creating).toBe('no-account');
    }
    expect(await countRows(db, 'audit_events')).toBe(events);
    expect(await store.findAccessKey(theirs.id, ROOT_ACCESS)).toEqual(theirs);
  });

  it('lists by id, after the cursor', async () => {
    const all = await store.listAccessKeys(null, { afterId: null, limit: 1000 }, ROOT_ACCESS);
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted());
    const afterId = ids[1] ?? '';
    const some = await store.listAccessKeys(null, { afterId, limit: 2 }, ROOT_ACCESS);
    expect(some.map(({ id }) => id)).toEqual(ids.slice(2, 4));
  });

  it('replaces the sealed secret only if it is unchanged', async () => {
    const key = await add({});
    const change = (from: string, to: string) =>
      store.updateAccessKey(key.id, { enabled: false }, { from, to }, ROOT_ACCESS, EVENT);
    expect(await change('v1.a.b', 'v1.c.d')).toMatchObject({ enabled: false });
    const events = await countRows(db, 'audit_events');
    expect(await change('v1.a.b', 'v1.e.f')).toBe('changed');
    expect(await countRows(db, 'audit_events')).toBe(events);
    const sealed = await store.findSealedAccessKey(key.id, ROOT_ACCESS);
    expect(sealed?.sealedSecret).toBe('v1.c.d');
  });

  it('lets a key disable itself', async () => {
    const key = await add({ scopes: ['accounts:Manage'], accountId: 'acct-a' });
    const access = accessBy(key);
    const disabled = await store.updateAccessKey(key.id, { enabled: false }, KEPT, access, EVENT);
    expect(disabled).toMatchObject({ enabled: false });
    await expect(
      store.updateAccessKey(key.id, { enabled: true }, KEPT, access, EVENT),
    ).rejects.toMatchObject({ code: 'access-key-disabled' });
  });

  it('notes the last use of enabled keys, at most hourly', async () => {
    const secrets = createAccessKeySecretStore(db);
    const key = await add({});
    const lastUse = async () => (await store.findAccessKey(key.id, ROOT_ACCESS))?.lastUsedAtSeconds;
    for (const [at, seen] of [
      [10_000, 10_000],
      [13_599, 10_000],
      [13_600, 13_600],
    ] as const) {
      await secrets.noteUse(key.id, at, at - 3600);
      expect(await lastUse()).toBe(seen);
    }
    await store.updateAccessKey(key.id, { enabled: false }, KEPT, ROOT_ACCESS, EVENT);
    await secrets.noteUse(key.id, 90_000, 86_400);
    expect(await lastUse()).toBe(13_600);
  });

  it.each(['before', 'after'] as const)('throws if D1 fails %s the batch', async (when) => {
    const faulty = instrument(db);
    faulty.failAt(1, when);
    const key = makeKey();
    await expect(
      createAccessKeyStore(faulty.db).createAccessKey(key, 'v1.a.b', ROOT_ACCESS, EVENT),
    ).rejects.toMatchObject({ code: 'record-unavailable' });
    const found = await store.findAccessKey(key.id, ROOT_ACCESS);
    expect(found?.id).toBe(when === 'before' ? undefined : key.id);
  });
});

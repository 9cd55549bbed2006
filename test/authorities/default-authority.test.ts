import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/audit/event.ts';
import { createDefaultAuthority } from '../../src/authorities/default-authority.ts';
import type { AuthorityRecord, AuthorityStore } from '../../src/authorities/store.ts';
import { NOW_MS, openKey, toPem } from './make-ca.ts';

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** A store that holds one record, or takes the first. */
function createStore(held: AuthorityRecord | null) {
  const events: AuditEvent[] = [];
  let record = held;
  const store: Pick<AuthorityStore, 'findAuthority' | 'createAuthority'> = {
    findAuthority: async () => record,
    async createAuthority(given, _, audit) {
      if (record !== null) return false;
      record = given;
      events.push(audit);
      return true;
    },
  };
  return { store, events };
}

async function create(
  store: Pick<AuthorityStore, 'findAuthority' | 'createAuthority'>,
  caCertificatePem: string | null = null,
) {
  const config = { caCertificatePem, caSubject: 'CN=Root', caValidityDays: 1 };
  const dependencies = { store, config, clock: () => NOW_MS, randomBytes };
  return createDefaultAuthority(dependencies, await openKey('p-256'));
}

describe('createDefaultAuthority', () => {
  it('records the authority that it made, with its event', async () => {
    const { store, events } = createStore(null);
    const record = await create(store);
    expect(record).toMatchObject({
      generationId: 'default',
      keySource: 'secret:CA_KEY',
      state: 'active',
      chainDer: [],
      createdAtMs: NOW_MS,
    });
    expect(await store.findAuthority('default')).toBe(record);
    expect(events).toMatchObject([
      { action: 'authority.create', atMs: NOW_MS, actor: 'first-start' },
    ]);
  });

  it('returns the authority that another request recorded first', async () => {
    const first = await create(createStore(null).store);
    const { store, events } = createStore(first);
    expect(await create(store)).toBe(first);
    expect(events).toEqual([]);
  });

  it('records nothing if CA_CERT does not match the key', async () => {
    const { store } = createStore(null);
    const other = await create(createStore(null).store);
    const pem = toPem(other?.certificateDer ?? new Uint8Array());
    expect((await create(store, pem))?.certificateDer).toEqual(other?.certificateDer);
    const empty = createStore(null);
    await expect(create(empty.store, 'no certificate')).rejects.toMatchObject({
      code: 'malformed-certificate',
    });
    expect(await empty.store.findAuthority('default')).toBeNull();
  });
});

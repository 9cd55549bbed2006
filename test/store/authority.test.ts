import { beforeEach, describe, expect, it } from 'vitest';
import { createAuthorityStore } from '../../src/store/authority.ts';
import { makeCertificate, openIssuer } from '../authorities/make-ca.ts';
import { makeAuthorityRecord } from '../make-authority.ts';
import { countRows, makeEvent, openDatabase } from './database.ts';

const EVENT = makeEvent('authority.create', 'default');

describe('createAuthorityStore', () => {
  let db: D1Database;
  beforeEach(async () => {
    db = await openDatabase();
  });

  it('finds what was created, byte for byte', async () => {
    const store = createAuthorityStore(db);
    expect(await store.findAuthority('default')).toBeNull();
    const root = await openIssuer('CN=Root', 'p-384');
    const middle = await openIssuer('CN=Middle', 'p-521');
    const record = makeAuthorityRecord({
      certificateDer: await makeCertificate(middle, await openIssuer('CN=Low', 'p-256')),
      chainDer: [await makeCertificate(root, middle), await makeCertificate(root, root)],
    });
    expect(await store.createAuthority(record, 'name', EVENT)).toBe(true);
    expect(await store.findAuthority('default')).toEqual(record);
  });

  it('creates an authority once for concurrent requests, with one event', async () => {
    const store = createAuthorityStore(db);
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        store.createAuthority(
          makeAuthorityRecord({ certificateDer: Uint8Array.of(0x30, 0x01, i) }),
          'name',
          EVENT,
        ),
      ),
    );
    expect(created.filter(Boolean)).toHaveLength(1);
    expect((await store.findAuthority('default'))?.certificateDer?.[2]).toBe(created.indexOf(true));
    expect(await countRows(db, 'audit_events')).toBe(1);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredCrl } from '../../src/revocation/store.ts';
import { createCrlStore } from '../../src/store/crl.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  addAuthority,
  countRows,
  instrument,
  makeIssuance,
  makeRevocation,
  NOW_SECONDS,
  openDatabaseWithAuthority,
} from './database.ts';

function makeCrl(number: number, overrides: Partial<StoredCrl> = {}): StoredCrl {
  return {
    number,
    revision: 0,
    thisUpdateSeconds: NOW_SECONDS,
    nextUpdateSeconds: NOW_SECONDS + 86400,
    crlDer: Uint8Array.of(0x30, 0x01, number),
    ...overrides,
  };
}

describe('createCrlStore', () => {
  let db: D1Database;
  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
  });

  it('answers authority-not-found for an unknown authority', async () => {
    const store = createCrlStore(db);
    expect(await store.findRevision('none')).toBeNull();
    await expect(store.findCrl('none')).rejects.toMatchObject({ code: 'authority-not-found' });
    await expect(store.listRevoked('none')).rejects.toMatchObject({ code: 'authority-not-found' });
  });

  it('finds nothing before the first list', async () => {
    expect(await createCrlStore(db).findCrl('default')).toEqual({
      revision: 0,
      crl: null,
      lastNumber: 0,
    });
  });

  it('keeps the newest list, in one round trip each way', async () => {
    const { db: counted, calls } = instrument(db);
    const store = createCrlStore(counted);
    expect(await store.commitCrl('default', makeCrl(1), 0)).toBe(true);
    expect(await store.commitCrl('default', makeCrl(2), 0)).toBe(true);
    expect(calls.count).toBe(2);
    expect(await store.findCrl('default')).toEqual({
      revision: 0,
      crl: makeCrl(2),
      lastNumber: 2,
    });
    expect(calls.count).toBe(3);
    expect(await countRows(db, 'crl_parts')).toBe(1);
  });

  it.each([0, 1, 2, 4])('refuses number %i where the newest is 2', async (number) => {
    const store = createCrlStore(db);
    await store.commitCrl('default', makeCrl(1), 0);
    await store.commitCrl('default', makeCrl(2), 0);
    const other = makeCrl(number, { crlDer: Uint8Array.of(0x30, 0x00) });
    expect(await store.commitCrl('default', other, 0)).toBe(false);
    expect((await store.findCrl('default')).crl).toEqual(makeCrl(2));
    expect(await countRows(db, 'crl_parts')).toBe(1);
  });

  it('begins with number 1 only', async () => {
    expect(await createCrlStore(db).commitCrl('default', makeCrl(2), 0)).toBe(false);
    expect(await countRows(db, 'crls')).toBe(0);
    expect(await countRows(db, 'crl_parts')).toBe(0);
  });

  it('lets one of many builders win each number', async () => {
    const store = createCrlStore(db);
    const won = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        store.commitCrl('default', makeCrl(1, { crlDer: Uint8Array.of(0x30, 0x01, i) }), 0),
      ),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    const { crl } = await store.findCrl('default');
    expect(crl?.crlDer[2]).toBe(won.indexOf(true));
    expect(await countRows(db, 'crl_parts')).toBe(1);
  });

  it('cuts a long list into parts under 1.5 MB and joins them again', async () => {
    const crlDer = new Uint8Array(4_500_001).map((_, i) => (i * 7919) >> 3);
    const store = createCrlStore(db);
    await store.commitCrl('default', makeCrl(1, { crlDer }), 0);
    const { results } = await db
      .prepare('SELECT LENGTH(body) AS length FROM crl_parts ORDER BY part')
      .all<{ length: number }>();
    expect(results).toHaveLength(5);
    for (const { length } of results) {
      expect(length).toBeLessThan(1_500_000);
      expect(length % 4).toBe(0);
    }
    const { crl } = await store.findCrl('default');
    expect(crl?.crlDer.length).toBe(crlDer.length);
    expect(crl?.crlDer.every((byte, i) => byte === crlDer[i])).toBe(true);
    await store.commitCrl('default', makeCrl(2), 0);
    expect(await countRows(db, 'crl_parts')).toBe(1);
  });

  it('retires an entry once a list issued after expiry held it', async () => {
    const issuance = createIssuanceStore(db);
    const revocation = createRevocationStore(db);
    const store = createCrlStore(db);
    const expiry = NOW_SECONDS + 100;
    for (const serialHex of ['a1', 'a2']) {
      await issuance.commitIssuance(await makeIssuance({ serialHex, notAfterSeconds: expiry }));
    }
    await revocation.commitRevocation(makeRevocation('a1'));
    const listed = async () =>
      (await store.listRevoked('default')).entries.map(({ serialHex }) => serialHex);

    await store.commitCrl('default', makeCrl(1, { revision: 1, thisUpdateSeconds: expiry }), 1);
    expect(await listed()).toEqual(['a1']);

    // Revoked while list 2 was being built: it is not in that list, so it must be in the next one.
    await revocation.commitRevocation(makeRevocation('a2'));
    await store.commitCrl('default', makeCrl(2, { revision: 1, thisUpdateSeconds: expiry + 1 }), 1);
    expect(await listed()).toEqual(['a2']);

    await store.commitCrl('default', makeCrl(3, { revision: 2, thisUpdateSeconds: expiry + 2 }), 1);
    expect(await listed()).toEqual([]);
    expect(await countRows(db, 'revocations')).toBe(2);
  });

  it('retires nothing for a list that lost its race', async () => {
    await createIssuanceStore(db).commitIssuance(await makeIssuance());
    await createRevocationStore(db).commitRevocation(makeRevocation('a1'));
    const store = createCrlStore(db);
    await store.commitCrl('default', makeCrl(1), 0);
    const late = makeCrl(1, {
      revision: 1,
      thisUpdateSeconds: NOW_SECONDS + 10 * 86400,
      crlDer: Uint8Array.of(0x30, 0x00),
    });
    expect(await store.commitCrl('default', late, 1)).toBe(false);
    expect((await store.listRevoked('default')).entries).toHaveLength(1);
  });

  it('raises the number without a list and never lowers it', async () => {
    const store = createCrlStore(db);
    await store.raiseCrlNumber('default', 4096);
    await store.raiseCrlNumber('default', 17);
    expect(await store.findCrl('default')).toEqual({ revision: 0, crl: null, lastNumber: 4096 });
    expect(await store.commitCrl('default', makeCrl(4097), 0)).toBe(true);
    await store.raiseCrlNumber('default', 4097);
    expect((await store.findCrl('default')).crl?.number).toBe(4097);
    await store.raiseCrlNumber('default', 5000);
    expect(await store.findCrl('default')).toEqual({ revision: 0, crl: null, lastNumber: 5000 });
    await store.commitCrl('default', makeCrl(5001), 0);
    expect(await countRows(db, 'crl_parts')).toBe(1);
  });

  it('keeps the lists and entries of authorities apart', async () => {
    await addAuthority(db, 'other');
    await createIssuanceStore(db).commitIssuance(await makeIssuance());
    await createRevocationStore(db).commitRevocation(makeRevocation('a1'));
    const store = createCrlStore(db);
    await store.commitCrl('default', makeCrl(1), 0);
    expect(await store.findCrl('other')).toEqual({ revision: 0, crl: null, lastNumber: 0 });
    expect(await store.listRevoked('other')).toEqual({ revision: 0, entries: [] });
  });

  it('answers record-unavailable where D1 cannot be read', async () => {
    const faulty = instrument(db);
    faulty.failAt(1, 'before');
    await expect(createCrlStore(faulty.db).findCrl('default')).rejects.toMatchObject({
      code: 'record-unavailable',
      message: 'The record could not be read; try again.',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { createCertificateStore } from '../../src/store/certificate.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import {
  addAuthority,
  instrument,
  makeIssuance,
  openDatabaseWithAuthority,
  ROOT_ACCESS,
} from './database.ts';

describe('createCertificateStore', () => {
  it('finds a serial number of all authorities or of one, in one round trip', async () => {
    const db = await openDatabaseWithAuthority();
    await addAuthority(db, 'other');
    const issuance = createIssuanceStore(db);
    await issuance.commitIssuance(await makeIssuance());
    await issuance.commitIssuance(
      await makeIssuance({ authorityId: 'other', certificateDer: null, publicKeyIdHex: null }),
    );
    const { db: counted, calls } = instrument(db);
    const store = createCertificateStore(counted);
    const authorities = async (serialHex: string, authorityId: string | null) =>
      (await store.findCertificates(serialHex, authorityId, ROOT_ACCESS)).map(
        (found) => found.authorityId,
      );
    expect(await authorities('a1', null)).toEqual(['default', 'other']);
    expect(calls.count).toBe(1);
    expect(await authorities('a1', 'other')).toEqual(['other']);
    expect(await authorities('a1', 'none')).toEqual([]);
    expect(await authorities('a2', null)).toEqual([]);
    const [other] = await store.findCertificates('a1', 'other', ROOT_ACCESS);
    expect(other).toMatchObject({ certificateDer: null, publicKeyIdHex: null, revocation: null });
  });
});

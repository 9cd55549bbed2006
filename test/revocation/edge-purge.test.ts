import { beforeEach, describe, expect, it } from 'vitest';
import { retryPurges } from '../../src/revocation/edge-purge.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createPurgeStore } from '../../src/store/purge.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  addAuthority,
  makeIssuance,
  makeRevocation,
  openDatabaseWithAuthority,
} from '../store/database.ts';

describe('retryPurges', () => {
  let db: D1Database;
  let purged: (readonly string[])[];
  const purge = (success: boolean) =>
    retryPurges({
      store: createPurgeStore(db),
      edge: {
        purgesEverywhere: () => true,
        async purgeAuthorities(authorityIds) {
          purged.push(authorityIds);
          return success;
        },
      },
    });

  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
    await addAuthority(db, 'other');
    purged = [];
  });

  async function revoke(authorityId: string, serialHex: string): Promise<void> {
    await createIssuanceStore(db).commitIssuance(await makeIssuance({ authorityId, serialHex }));
    await createRevocationStore(db).commitRevocation(makeRevocation(serialHex, { authorityId }));
  }

  it('purges nothing if nothing was revoked', async () => {
    expect(await purge(true)).toEqual({ stale: 0, purged: 0 });
    expect(purged).toEqual([]);
  });

  it('purges all authorities with stale lists at once, until a purge succeeds', async () => {
    await revoke('default', 'a1');
    await revoke('other', 'b1');
    await revoke('other', 'b2');
    expect(await purge(false)).toEqual({ stale: 2, purged: 0 });
    expect(await purge(true)).toEqual({ stale: 2, purged: 2 });
    expect(purged).toEqual([
      ['default', 'other'],
      ['default', 'other'],
    ]);
    expect(await purge(true)).toEqual({ stale: 0, purged: 0 });

    await revoke('other', 'b3');
    expect(await purge(true)).toEqual({ stale: 1, purged: 1 });
    expect(purged.at(-1)).toEqual(['other']);
  });

  it('does nothing if no purge reaches every data centre', async () => {
    await revoke('default', 'a1');
    const edge = { purgesEverywhere: () => false, purgeAuthorities: async () => true };
    const report = await retryPurges({ store: createPurgeStore(db), edge });
    expect(report).toEqual({ stale: 0, purged: 0 });
  });
});

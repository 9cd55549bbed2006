import { beforeEach, describe, expect, it } from 'vitest';
import type { StaleAtEdge } from '../../src/revocation/edge-purge.ts';
import { listRevisions, retryPurges } from '../../src/revocation/retry-purges.ts';
import type { ChangedRevocation } from '../../src/revocation/store.ts';
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
  let purged: StaleAtEdge[];
  const purge = (success: boolean) =>
    retryPurges({
      store: createPurgeStore(db),
      edge: {
        purgesEverywhere: () => true,
        async tryPurge(stale) {
          purged.push(stale);
          return success;
        },
      },
    });

  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
    await addAuthority(db, 'other');
    purged = [];
  });

  /** Revokes a new certificate, and returns what a direct purge names. */
  async function revoke(authorityId: string, serialHex: string): Promise<ChangedRevocation> {
    await createIssuanceStore(db).commitIssuance(await makeIssuance({ authorityId, serialHex }));
    const commit = makeRevocation(serialHex, { authorityId });
    const outcome = await createRevocationStore(db).commitRevocation(commit);
    if (outcome.kind !== 'revoked') throw new Error(outcome.kind);
    return { authorityId, serialHex, ...outcome };
  }

  async function notePurged(...changed: ChangedRevocation[]): Promise<void> {
    await createPurgeStore(db).markPurged(listRevisions(changed));
  }

  /** The serial numbers that the last purge named. */
  const listNamed = () => purged.at(-1)?.revocations?.map(({ serialHex }) => serialHex);

  it('purges nothing if nothing was revoked', async () => {
    expect(await purge(true)).toEqual({ stale: 0, purged: 0 });
    expect(purged).toEqual([]);
  });

  it('purges what was revoked, in one purge, until a purge succeeds', async () => {
    await revoke('default', 'a1');
    await revoke('other', 'b1');
    await revoke('other', 'b2');
    expect(await purge(false)).toEqual({ stale: 2, purged: 0 });
    expect(await purge(true)).toEqual({ stale: 2, purged: 2 });
    expect(purged).toHaveLength(2);
    expect(listNamed()).toEqual(['a1', 'b1', 'b2']);
    expect(await purge(true)).toEqual({ stale: 0, purged: 0 });

    await revoke('other', 'b3');
    expect(await purge(true)).toEqual({ stale: 1, purged: 1 });
    expect(purged.at(-1)).toMatchObject({ revocations: [{ serialHex: 'b3' }], listsOf: [] });
  });

  it('repeats no purge that succeeded directly', async () => {
    await notePurged(await revoke('default', 'a1'));
    await notePurged(await revoke('default', 'a2'));
    expect(await purge(true)).toEqual({ stale: 0, purged: 0 });
    expect(purged).toEqual([]);
  });

  it('repeats a refused purge although later ones succeeded', async () => {
    await notePurged(await revoke('default', 'a1'));
    await revoke('default', 'a2');
    await notePurged(await revoke('default', 'a3'));
    expect(await purge(true)).toEqual({ stale: 1, purged: 1 });
    expect(listNamed()).toEqual(['a2', 'a3']);
    await notePurged(await revoke('default', 'a4'));
    expect(await purge(true)).toEqual({ stale: 0, purged: 0 });
  });

  it('repeats the purge of a release', async () => {
    const held = await revoke('default', 'a1');
    await notePurged(held);
    await db.batch([
      db.prepare(`INSERT INTO released_holds (authority_id, serial, revision, released_at_s)
                  VALUES ('default', 'a1', 2, 1)`),
      db.prepare('DELETE FROM revocations'),
      db.prepare(`UPDATE authorities SET revocation_revision = 2 WHERE id = 'default'`),
    ]);
    expect(await purge(true)).toEqual({ stale: 1, purged: 1 });
    expect(listNamed()).toEqual(['a1']);
  });

  it('purges everything of an authority with more changes than it can name', async () => {
    for (let n = 0; n <= 20; n++) await revoke('other', `b${n}`);
    expect(await purge(true)).toEqual({ stale: 1, purged: 1 });
    expect(purged).toEqual([{ revocations: [], listsOf: ['other'], ocspResponsesOf: ['other'] }]);
  });

  it('does nothing if no purge reaches every data centre', async () => {
    await revoke('default', 'a1');
    const edge = { purgesEverywhere: () => false, tryPurge: async () => true };
    const report = await retryPurges({ store: createPurgeStore(db), edge });
    expect(report).toEqual({ stale: 0, purged: 0 });
  });
});

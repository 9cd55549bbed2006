import { beforeEach, describe, expect, it } from 'vitest';
import type { ReleaseCommit } from '../../src/revocation/release.ts';
import { createAuthorityManagementStore } from '../../src/store/authority-management.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createReleaseStore } from '../../src/store/release.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  addAuthority,
  countRows,
  instrument,
  isSubjectHeld,
  makeEvent,
  makeIssuance,
  makeRevocation,
  NOW_SECONDS,
  openDatabaseWithAuthority,
} from './database.ts';
import { listRevoked } from './list-revoked.ts';

const HOLD = 6;
const SUBJECT = 'MAA=';

function makeRelease(serialHex: string, overrides: Partial<ReleaseCommit> = {}): ReleaseCommit {
  return {
    authorityId: 'default',
    serialHex,
    uniqueSubject: null,
    releasedAtSeconds: NOW_SECONDS,
    accountId: 'root',
    grant: null,
    audit: makeEvent('certificate.release', serialHex),
    ...overrides,
  };
}

describe('a hold', () => {
  let db: D1Database;
  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
    await issue('a1');
    await db.prepare('UPDATE certificates SET crl_partition = 3').run();
  });

  async function issue(serialHex: string, uniqueSubject: string | null = null) {
    const origin = uniqueSubject === null ? 'api' : 'openssl-ca';
    return createIssuanceStore(db).commitIssuance(
      await makeIssuance({ serialHex, origin }, uniqueSubject),
    );
  }
  const revoke = (serialHex: string, reason: number, on = db) =>
    createRevocationStore(on).commitRevocation(makeRevocation(serialHex, { reason }));
  const release = (serialHex: string, overrides?: Partial<ReleaseCommit>, on = db) =>
    createReleaseStore(on).commitRelease(makeRelease(serialHex, overrides));

  async function readState() {
    return {
      authority: await db
        .prepare('SELECT revocation_revision, removals FROM authorities ORDER BY id')
        .first(),
      revocations: (await db.prepare('SELECT serial, revision, reason FROM revocations').all())
        .results,
      releases: (await db.prepare('SELECT * FROM released_holds').all()).results,
    };
  }

  /** Chunks of the complete CRL, of partition 3 and of another one, for each of the revisions 1 to 3. */
  async function addChunks() {
    for (const partition of [-1, 3, 4]) {
      for (const revision of [1, 2, 3]) {
        await db
          .prepare(
            `INSERT INTO crl_chunks
             (id, authority_id, crl_partition, first_revision, last_revision, entries, bytes, body)
             VALUES (?1, 'default', ?2, ?3, ?3, 1, 1, '')`,
          )
          .bind(`${partition}/${revision}`, partition, revision)
          .run();
      }
    }
  }
  async function listStale() {
    const { results } = await db
      .prepare('SELECT id FROM crl_chunks WHERE stale = 1 ORDER BY id')
      .all<{ id: string }>();
    return results.map(({ id }) => id);
  }

  it('is released in one round trip, with a row for delta CRLs and an audit event', async () => {
    await revoke('a1', HOLD);
    const { db: counted, calls } = instrument(db);
    expect(await release('a1', {}, counted)).toMatchObject({ kind: 'released', crlPartition: 3 });
    expect(calls.count).toBe(1);
    expect(await readState()).toEqual({
      authority: { revocation_revision: 2, removals: 1 },
      revocations: [],
      releases: [
        {
          authority_id: 'default',
          serial: 'a1',
          crl_partition: 3,
          revision: 2,
          released_at_s: NOW_SECONDS,
        },
      ],
    });
    expect((await listRevoked(db, 'default')).entries).toEqual([]);
    const last = await db
      .prepare('SELECT action, target FROM audit_events ORDER BY position DESC LIMIT 1')
      .first();
    expect(last).toEqual({ action: 'certificate.release', target: 'a1' });
  });

  it('marks only its own chunks stale when it is released', async () => {
    await issue('a2');
    await revoke('a2', 4);
    await revoke('a1', HOLD);
    await addChunks();
    await release('a1');
    expect(await listStale()).toEqual(['-1/2', '3/2']);
  });

  it('marks each spare chunk stale that holds it, and none if none does', async () => {
    await issue('a2');
    await revoke('a2', 4);
    await revoke('a1', HOLD);
    await addChunks();
    await db.batch([
      // No chunk that a list names holds revision 2.
      db.prepare("DELETE FROM crl_chunks WHERE id IN ('-1/2', '3/2')"),
      ...['1 3', '1 2', '2 3', '1 1', '3 3'].map((range) =>
        db
          .prepare(
            `INSERT INTO crl_chunks (id, authority_id, crl_partition, first_revision, last_revision, entries,
               bytes, body, superseded_at_ms)
             VALUES ('spare ' || ?1, 'default', -1, substr(?1, 1, 1), substr(?1, 3, 1), 1, 1, '', 0)`,
          )
          .bind(range),
      ),
    ]);
    await release('a1');
    expect(await listStale()).toEqual(['spare 1 2', 'spare 1 3', 'spare 2 3']);
  });

  it('marks only its own chunks stale when it becomes a revocation', async () => {
    await issue('a2');
    await revoke('a2', 4);
    await revoke('a1', HOLD);
    await addChunks();
    expect(await revoke('a1', 4)).toMatchObject({ kind: 'revoked', crlPartition: 3 });
    expect(await listStale()).toEqual(['-1/2', '3/2']);
  });

  it.each([
    ['another serial', 'a2', {}, 'not-found'],
    ['another authority', 'a1', { authorityId: 'other' }, 'not-found'],
    ['another account', 'a1', { accountId: 'acct-x' }, 'not-found'],
    ['what is not revoked', 'b1', {}, 'not-on-hold'],
    ['what is revoked for ever', 'b2', {}, 'not-on-hold'],
  ])('of %s is not released, and nothing is written', async (_, serialHex, overrides, kind) => {
    await issue('b1');
    await issue('b2');
    await revoke('b2', 4);
    await revoke('a1', HOLD);
    await addChunks();
    const before = [await readState(), await countRows(db, 'audit_events')];
    expect(await release(serialHex, overrides)).toEqual({ kind });
    expect([await readState(), await countRows(db, 'audit_events')]).toEqual(before);
    expect(await listStale()).toEqual([]);
  });

  it('is released once by 20 concurrent requests', async () => {
    await revoke('a1', HOLD);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => release('a1')));
    expect(outcomes.filter(({ kind }) => kind === 'released')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'not-on-hold')).toHaveLength(19);
  });

  it('is either released or revoked by concurrent requests for both', async () => {
    await revoke('a1', HOLD);
    const [released, revoked] = await Promise.all([release('a1'), revoke('a1', 4)]);
    const { revocations } = await readState();
    // If the release comes first, the revocation follows; if the revocation comes first, there is no hold.
    expect(['released', 'not-on-hold']).toContain(released.kind);
    expect(revoked.kind).toBe('revoked');
    expect(revocations).toHaveLength(1);
  });

  /** Wraps the database and runs something before the batches with these numbers. */
  function disturb(numbers: readonly number[], act: () => Promise<unknown>): D1Database {
    let batches = 0;
    return new Proxy(db, {
      get(target, property) {
        if (property !== 'batch') return target.prepare.bind(target);
        return async (statements: D1PreparedStatement[]) => {
          if (numbers.includes(++batches)) await act();
          return target.batch(statements);
        };
      },
    });
  }

  it('is revoked even if it is released at the same time', async () => {
    await revoke('a1', HOLD);
    const disturbed = disturb([2], () => release('a1'));
    expect(await revoke('a1', 1, disturbed)).toMatchObject({ kind: 'revoked', crlPartition: 3 });
    expect((await readState()).revocations).toEqual([{ serial: 'a1', revision: 3, reason: 1 }]);
    expect(await countRows(db, 'blocked_keys')).toBe(1);
  });

  it('is not reported as revoked if it is put on and released again and again', async () => {
    await revoke('a1', HOLD);
    const disturbed = disturb([2, 4, 6], async () => {
      await release('a1');
      await revoke('a1', HOLD);
    });
    await expect(revoke('a1', 1, disturbed)).rejects.toMatchObject({ code: 'record-unavailable' });
    expect(await countRows(db, 'blocked_keys')).toBe(0);
  });

  it('becomes a revocation for another reason, with a new revision and date', async () => {
    await revoke('a1', HOLD);
    await db.prepare('UPDATE revocations SET revoked_at_s = 1, retired_in_crl = 9').run();
    expect(await revoke('a1', 1)).toMatchObject({ kind: 'revoked', crlPartition: 3 });
    const row = await db
      .prepare('SELECT revision, reason, revoked_at_s, retired_in_crl FROM revocations')
      .first();
    expect(row).toEqual({
      revision: 2,
      reason: 1,
      revoked_at_s: NOW_SECONDS,
      retired_in_crl: null,
    });
    expect((await readState()).authority).toEqual({ revocation_revision: 2, removals: 1 });
    expect(await countRows(db, 'blocked_keys')).toBe(1);
    expect(await revoke('a1', 4)).toEqual({ kind: 'already-revoked' });
    expect(await release('a1')).toEqual({ kind: 'not-on-hold' });
  });

  it('is not put on twice, nor on a revoked certificate', async () => {
    await revoke('a1', HOLD);
    expect(await revoke('a1', HOLD)).toEqual({ kind: 'already-revoked' });
    await revoke('a1', 4);
    expect(await revoke('a1', HOLD)).toEqual({ kind: 'already-revoked' });
    expect((await readState()).authority).toEqual({ revocation_revision: 2, removals: 1 });
  });

  it('ends when the authority that the certificate belongs to is revoked', async () => {
    await addAuthority(db, 'sub');
    await issue('ca');
    await db
      .prepare("INSERT INTO authority_certificates VALUES ('sub', 'default', 'ca', 'sub-ca')")
      .run();
    await revoke('ca', HOLD);
    await db
      .prepare(
        `INSERT INTO crl_chunks
         (id, authority_id, crl_partition, first_revision, last_revision, entries, bytes, body)
         VALUES ('held', 'default', -1, 1, 1, 1, 1, '')`,
      )
      .run();
    const revoked = await createAuthorityManagementStore(db, 10).revoke(
      'sub',
      1,
      { grant: null, nowSeconds: NOW_SECONDS },
      makeEvent('authority.revoke', 'sub'),
    );
    expect(revoked).toMatchObject([{ authorityId: 'default', serialHex: 'ca' }]);
    const { authority, revocations } = await readState();
    expect(authority).toEqual({ revocation_revision: 2, removals: 1 });
    expect(revocations).toEqual([{ serial: 'ca', revision: 2, reason: 1 }]);
    expect(await listStale()).toEqual(['held']);
    expect(await release('ca')).toEqual({ kind: 'not-on-hold' });
  });

  it('can be put on again after a release, whose row is deleted', async () => {
    for (let round = 0; round < 3; round++) {
      expect((await revoke('a1', HOLD)).kind).toBe('revoked');
      expect((await readState()).releases).toEqual([]);
      expect((await release('a1')).kind).toBe('released');
    }
    const { authority, releases } = await readState();
    expect(authority).toEqual({ revocation_revision: 6, removals: 3 });
    expect(releases).toMatchObject([{ revision: 6 }]);
  });

  describe('if a subject may have only one valid certificate', () => {
    beforeEach(async () => {
      await issue('d1', SUBJECT);
      expect(await issue('d2', SUBJECT)).toBe('subject-held');
      await revoke('d1', HOLD);
    });
    const holder = () =>
      db.prepare('SELECT serial FROM subject_holders WHERE subject = ?').bind(SUBJECT).first();

    it('lets the subject have another certificate, and is then not released', async () => {
      await issue('d3', SUBJECT);
      const before = await readState();
      expect(await release('d1', { uniqueSubject: SUBJECT })).toEqual({ kind: 'subject-held' });
      expect(await readState()).toEqual(before);
      expect(await holder()).toEqual({ serial: 'd3' });
    });

    it('is released after the other certificate is revoked, and holds the subject again', async () => {
      await issue('d3', SUBJECT);
      await revoke('d3', 4);
      expect((await release('d1', { uniqueSubject: SUBJECT })).kind).toBe('released');
      expect(await holder()).toEqual({ serial: 'd1' });
      const held = await isSubjectHeld(db, SUBJECT);
      expect(held).toBe(true);
    });

    it('is released if no other certificate holds the subject', async () => {
      expect((await release('d1', { uniqueSubject: SUBJECT })).kind).toBe('released');
      expect(await holder()).toEqual({ serial: 'd1' });
    });

    it('does not bind certificates of other APIs', async () => {
      await revoke('a1', HOLD);
      expect((await release('a1', { uniqueSubject: 'MAE=' })).kind).toBe('released');
      expect(await countRows(db, 'subject_holders')).toBe(1);
    });
  });

  it.each(['before', 'after'] as const)(
    'says that the record is unavailable where D1 fails %s the batch, and is whole',
    async (when) => {
      await revoke('a1', HOLD);
      const faulty = instrument(db);
      faulty.failAt(1, when);
      await expect(release('a1', {}, faulty.db)).rejects.toMatchObject({
        code: 'record-unavailable',
      });
      const { revocations, releases } = await readState();
      expect(revocations).toHaveLength(when === 'before' ? 1 : 0);
      expect(releases).toHaveLength(when === 'before' ? 0 : 1);
      // The second call reports the final state.
      expect((await release('a1')).kind).toBe(when === 'before' ? 'released' : 'not-on-hold');
    },
  );

  it.each([1, 2])('is not half changed if D1 fails at round trip %d', async (trip) => {
    for (const when of ['before', 'after'] as const) {
      await db.prepare('DELETE FROM revocations').run();
      await revoke('a1', HOLD);
      const faulty = instrument(db);
      faulty.failAt(trip, when);
      await expect(revoke('a1', 4, faulty.db)).rejects.toMatchObject({
        code: 'record-unavailable',
      });
      const { revocations } = await readState();
      expect(revocations).toMatchObject([{ reason: trip === 2 && when === 'after' ? 4 : HOLD }]);
    }
  });
});

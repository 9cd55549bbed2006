import { beforeEach, describe, expect, it } from 'vitest';
import { REVOCATION_REASONS } from '../../src/revocation/reasons.ts';
import type { RevocationCommit } from '../../src/revocation/store.ts';
import { createCertificateStore } from '../../src/store/certificate.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  addAuthority,
  countRows,
  instrument,
  makeEvent,
  makeIssuance,
  makeRevocation,
  NOW_MS,
  NOW_SECONDS,
  openDatabaseWithAuthority,
  ROOT_ACCESS,
} from './database.ts';
import { findRevision, listRevoked } from './list-revoked.ts';

const HOLD = REVOCATION_REASONS.certificateHold;
/** The partition of the certificate in every test. */
const KEY_ID = 'aa'.repeat(32);

describe('createRevocationStore', () => {
  let db: D1Database;
  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
    await createIssuanceStore(db).commitIssuance(await makeIssuance());
  });

  it('records the revocation, its revision and its event in one round trip', async () => {
    const { db: counted, calls } = instrument(db);
    const commit = makeRevocation('a1', { reason: 4, invalidityDateSeconds: NOW_SECONDS - 60 });
    expect(await createRevocationStore(counted).commitRevocation(commit)).toMatchObject({
      kind: 'revoked',
    });
    expect(calls.count).toBe(1);
    expect(await listRevoked(db, 'default')).toEqual({
      revision: 1,
      entries: [
        {
          serialHex: 'a1',
          revokedAtSeconds: NOW_SECONDS,
          reason: 4,
          invalidityDateSeconds: NOW_SECONDS - 60,
        },
      ],
    });
    const [found] = await createCertificateStore(db).findCertificates('a1', 'default', ROOT_ACCESS);
    expect(found?.revocation).toEqual({
      revokedAtSeconds: NOW_SECONDS,
      reason: 4,
      invalidityDateSeconds: NOW_SECONDS - 60,
    });
    const last = await db
      .prepare('SELECT action, target FROM audit_events ORDER BY position DESC LIMIT 1')
      .first();
    expect(last).toEqual({ action: 'certificate.revoke', target: 'a1' });
    expect(await countRows(db, 'blocked_keys')).toBe(0);
  });

  it('copies the partition of the certificate, and returns it', async () => {
    await db.prepare('UPDATE certificates SET crl_partition = 7').run();
    const outcome = await createRevocationStore(db).commitRevocation(makeRevocation('a1'));
    expect(outcome).toMatchObject({ kind: 'revoked', crlPartition: 7 });
    const row = await db.prepare('SELECT crl_partition FROM revocations').first();
    expect(row).toEqual({ crl_partition: 7 });
  });

  it('deletes the release from a hold', async () => {
    await db
      .prepare(
        "INSERT INTO released_holds VALUES ('default', 'a1', NULL, 1, 0), ('default', 'a2', NULL, 1, 0)",
      )
      .run();
    await createRevocationStore(db).commitRevocation(makeRevocation('a1'));
    const { results } = await db.prepare('SELECT serial FROM released_holds').all();
    expect(results).toEqual([{ serial: 'a2' }]);
  });

  it.each([
    ['another serial', makeRevocation('a2')],
    ['another authority', makeRevocation('a1', { authorityId: 'other' })],
  ])('returns not-found for %s and writes nothing', async (_, commit) => {
    await addAuthority(db, 'other');
    const events = await countRows(db, 'audit_events');
    expect(await createRevocationStore(db).commitRevocation({ ...commit, reason: 1 })).toEqual({
      kind: 'not-found',
    });
    expect(await findRevision(db, 'default')).toBe(0);
    expect(await findRevision(db, 'other')).toBe(0);
    expect(await countRows(db, 'audit_events')).toBe(events);
    expect(await countRows(db, 'blocked_keys')).toBe(0);
  });

  it('returns already-revoked and keeps the first reason', async () => {
    const store = createRevocationStore(db);
    await store.commitRevocation(makeRevocation('a1', { reason: 4 }));
    const events = await countRows(db, 'audit_events');
    expect(await store.commitRevocation(makeRevocation('a1', { reason: 5 }))).toEqual({
      kind: 'already-revoked',
    });
    const { revision, entries } = await listRevoked(db, 'default');
    expect(revision).toBe(1);
    expect(entries.map(({ reason }) => reason)).toEqual([4]);
    expect(await countRows(db, 'audit_events')).toBe(events);
    expect(await countRows(db, 'blocked_keys')).toBe(0);
  });

  it('blocks the key for keyCompromise if the key is known', async () => {
    const issuance = createIssuanceStore(db);
    await issuance.commitIssuance(await makeIssuance({ serialHex: 'a2', publicKeyIdHex: null }));
    const store = createRevocationStore(db);
    await store.commitRevocation(makeRevocation('a1', { reason: 1 }));
    expect(await store.commitRevocation(makeRevocation('a2', { reason: 1 }))).toMatchObject({
      kind: 'revoked',
    });
    const { results } = await db.prepare('SELECT * FROM blocked_keys').all();
    expect(results).toEqual([
      {
        public_key_id: 'aa'.repeat(32),
        authority_id: 'default',
        serial: 'a1',
        blocked_at_ms: NOW_MS,
      },
    ]);
  });

  it('revokes a second certificate of a blocked key', async () => {
    // Two certificates of one key, both issued before the compromise was known.
    await createIssuanceStore(db).commitIssuance(await makeIssuance({ serialHex: 'a2' }));
    const store = createRevocationStore(db);
    await store.commitRevocation(makeRevocation('a1', { reason: 1 }));
    expect(await store.commitRevocation(makeRevocation('a2', { reason: 1 }))).toMatchObject({
      kind: 'revoked',
    });
    expect(await countRows(db, 'blocked_keys')).toBe(1);
  });

  describe('if the certificate is revoked for another reason', () => {
    beforeEach(async () => {
      await createRevocationStore(db).commitRevocation(makeRevocation('a1', { reason: 4 }));
    });
    const compromise = (overrides: Partial<RevocationCommit> = {}, on = db) =>
      createRevocationStore(on).commitRevocation(makeRevocation('a1', { reason: 1, ...overrides }));

    it('blocks the key in one round trip, with one audit event', async () => {
      const { db: counted, calls } = instrument(db);
      const events = await countRows(db, 'audit_events');
      expect(await compromise({}, counted)).toEqual({ kind: 'key-blocked' });
      expect(calls.count).toBe(1);
      const { revision, entries } = await listRevoked(db, 'default');
      expect(revision).toBe(1);
      expect(entries.map(({ reason }) => reason)).toEqual([4]);
      const blocked = await db.prepare('SELECT * FROM blocked_keys').all();
      expect(blocked.results).toEqual([
        { public_key_id: KEY_ID, authority_id: 'default', serial: 'a1', blocked_at_ms: NOW_MS },
      ]);
      const event = await db
        .prepare('SELECT * FROM audit_events ORDER BY position DESC LIMIT 1')
        .first();
      const detail = { ...makeEvent('certificate.revoke', 'a1').detail, serial: 'a1' };
      expect(event).toMatchObject({
        at_ms: NOW_MS,
        action: 'key.block',
        outcome: 'done',
        authority_id: 'default',
        target: KEY_ID,
        detail: JSON.stringify(detail),
      });

      expect(await compromise()).toEqual({ kind: 'key-blocked' });
      expect(await countRows(db, 'audit_events')).toBe(events + 1);
    });

    it('records no event if the key was blocked for another certificate', async () => {
      await db
        .prepare("INSERT INTO blocked_keys VALUES (?, 'default', 'b1', 1)")
        .bind(KEY_ID)
        .run();
      const events = await countRows(db, 'audit_events');
      expect(await compromise()).toEqual({ kind: 'key-blocked' });
      expect(await countRows(db, 'audit_events')).toBe(events);
    });

    it('returns only already-revoked if the key is not known', async () => {
      await db.prepare('UPDATE certificates SET public_key_id = NULL').run();
      const events = await countRows(db, 'audit_events');
      expect(await compromise()).toEqual({ kind: 'already-revoked' });
      expect(await countRows(db, 'blocked_keys')).toBe(0);
      expect(await countRows(db, 'audit_events')).toBe(events);
    });

    it('reports the blocked key only to requests with keyCompromise', async () => {
      await compromise();
      expect(await compromise({ reason: 5 })).toEqual({ kind: 'already-revoked' });
    });

    it("blocks it for the certificate's owner, and for no other account", async () => {
      const events = await countRows(db, 'audit_events');
      expect(await compromise({ accountId: 'acct-x' })).toEqual({ kind: 'not-found' });
      expect(await countRows(db, 'blocked_keys')).toBe(0);
      expect(await countRows(db, 'audit_events')).toBe(events);
      await db.prepare("UPDATE certificates SET account_id = 'acct-x'").run();
      expect(await compromise({ accountId: 'acct-x' })).toEqual({ kind: 'key-blocked' });
    });
  });

  it('revokes a certificate on hold with one event and none for the key', async () => {
    const store = createRevocationStore(db);
    await store.commitRevocation(makeRevocation('a1', { reason: HOLD }));
    const events = await countRows(db, 'audit_events');
    expect(await store.commitRevocation(makeRevocation('a1', { reason: 1 }))).toMatchObject({
      kind: 'revoked',
    });
    expect(await countRows(db, 'blocked_keys')).toBe(1);
    expect(await countRows(db, 'audit_events')).toBe(events + 1);
    const last = await db
      .prepare('SELECT action FROM audit_events ORDER BY position DESC LIMIT 1')
      .first();
    expect(last).toEqual({ action: 'certificate.revoke' });
  });

  it('does not block the key of a certificate that stays on hold', async () => {
    await createRevocationStore(db).commitRevocation(makeRevocation('a1', { reason: HOLD }));
    const faulty = instrument(db);
    faulty.failAt(2, 'before');
    const commit = makeRevocation('a1', { reason: 1 });
    await expect(createRevocationStore(faulty.db).commitRevocation(commit)).rejects.toMatchObject({
      code: 'record-unavailable',
    });
    expect(await countRows(db, 'blocked_keys')).toBe(0);
  });

  it('blocks the key if the hold became a revocation for another reason meanwhile', async () => {
    await createRevocationStore(db).commitRevocation(makeRevocation('a1', { reason: HOLD }));
    const outcomes = await Promise.all(
      [4, 1, 5].map((reason) =>
        createRevocationStore(db).commitRevocation(makeRevocation('a1', { reason })),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === 'revoked')).toHaveLength(1);
    // The batch for a hold of the second request finds a revocation, whichever request is first.
    expect(outcomes[1]?.kind).not.toBe('already-revoked');
    expect(await countRows(db, 'blocked_keys')).toBe(1);
  });

  it('gives 50 concurrent revocations their own revisions', async () => {
    const issuance = createIssuanceStore(db);
    const serials = Array.from({ length: 50 }, (_, i) => `d${i.toString(16).padStart(2, '0')}`);
    for (const serialHex of serials) {
      await issuance.commitIssuance(await makeIssuance({ serialHex }));
    }
    const store = createRevocationStore(db);
    const outcomes = await Promise.all(
      serials.map((serialHex) => store.commitRevocation(makeRevocation(serialHex))),
    );
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['revoked']));
    const { revision, entries } = await listRevoked(db, 'default');
    expect(revision).toBe(50);
    expect(entries.map(({ serialHex }) => serialHex).sort()).toEqual(serials);
    const { results } = await db
      .prepare('SELECT revision FROM revocations ORDER BY revision')
      .all<{ revision: number }>();
    expect(results.map((row) => row.revision)).toEqual(serials.map((_, i) => i + 1));
  });

  it('revokes once for 50 concurrent requests', async () => {
    const store = createRevocationStore(db);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => store.commitRevocation(makeRevocation('a1'))),
    );
    expect(outcomes.filter(({ kind }) => kind === 'revoked')).toHaveLength(1);
    expect(await findRevision(db, 'default')).toBe(1);
  });

  it.each(['before', 'after'] as const)('throws if D1 fails %s the batch', async (when) => {
    const faulty = instrument(db);
    faulty.failAt(1, when);
    const committing = createRevocationStore(faulty.db).commitRevocation(makeRevocation('a1'));
    await expect(committing).rejects.toMatchObject({ code: 'record-unavailable' });
    expect(await countRows(db, 'revocations')).toBe(when === 'before' ? 0 : 1);
  });
});

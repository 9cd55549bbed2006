import { beforeEach, describe, expect, it } from 'vitest';
import { sealAuditEvents } from '../../src/audit/seal.ts';
import type { AuditStore } from '../../src/audit/store.ts';
import { type VerifyRange, verifyAuditChain } from '../../src/audit/verify.ts';
import { SignetError, type SignetErrorCode } from '../../src/errors.ts';
import { createAuditStore } from '../../src/store/audit.ts';
import { makeAuthority } from '../lists/test-authority.ts';
import { NOW_MS, openDatabase } from '../store/database.ts';
import { addEvents } from './record.ts';

describe('verifyAuditChain', () => {
  let db: D1Database;
  let store: AuditStore;
  let signing: Awaited<ReturnType<typeof makeAuthority>>;

  beforeEach(async () => {
    db = await openDatabase();
    store = createAuditStore(db);
    signing = await makeAuthority();
  });

  async function seal(): Promise<void> {
    await sealAuditEvents({
      store,
      clock: () => NOW_MS,
      signer: { authorityId: 'default', sign: signing.sign },
    });
  }

  const verify = (range?: VerifyRange) =>
    verifyAuditChain(
      {
        store,
        verifyCheckpoint: async (authorityId, message, signature) =>
          authorityId === 'default' && signing.verify(message, signature),
      },
      range,
    );

  it('accepts an empty record', async () => {
    expect(await verify()).toEqual({
      ok: true,
      events: 0,
      sealedThrough: 0,
      unsealed: 0,
      checkpoints: 0,
      firstBadPosition: null,
      verifiedThrough: 0,
      complete: true,
    });
  });

  it('counts sealed events, unsealed events and checkpoints', async () => {
    await addEvents(db, 700);
    await seal();
    await addEvents(db, 20);
    await seal();
    await addEvents(db, 5);
    expect(await verify()).toEqual({
      ok: true,
      events: 725,
      sealedThrough: 720,
      unsealed: 5,
      checkpoints: 2,
      firstBadPosition: null,
      verifiedThrough: 725,
      complete: true,
    });
  });

  // 20 events, checkpoints at 10 and 18, two unsealed events.
  it.each([
    ["UPDATE audit_events SET detail = '{}' WHERE position = 4", 4],
    ['UPDATE audit_events SET at_ms = at_ms + 1 WHERE position = 1', 1],
    ['UPDATE audit_events SET remote_address = NULL WHERE position = 18', 18],
    ['UPDATE audit_events SET hash = NULL WHERE position = 7', 7],
    [`UPDATE audit_events SET hash = '${'ab'.repeat(32)}' WHERE position = 7`, 7],
    ['DELETE FROM audit_events WHERE position = 5', 5],
    ['DELETE FROM audit_events WHERE position = 1', 1],
    ['DELETE FROM audit_events WHERE position >= 17', 17],
    ['DELETE FROM audit_events WHERE position = 19', 19],
    ['DELETE FROM audit_events', 1],
    [
      `UPDATE audit_events SET target = CASE position
         WHEN 3 THEN (SELECT target FROM audit_events WHERE position = 4)
         ELSE (SELECT target FROM audit_events WHERE position = 3) END
       WHERE position IN (3, 4)`,
      3,
    ],
    [`UPDATE audit_head SET hash = '${'ab'.repeat(32)}'`, 18],
    ['UPDATE audit_head SET position = 12', 13],
    [`UPDATE audit_head SET position = 0, hash = '${'00'.repeat(32)}'`, 1],
    ["UPDATE audit_checkpoints SET signature = 'AAAA' WHERE position = 10", 10],
    ["UPDATE audit_checkpoints SET signature = '!' WHERE position = 10", 10],
    ['UPDATE audit_checkpoints SET signed_at_ms = signed_at_ms + 1 WHERE position = 10', 10],
    ["UPDATE audit_checkpoints SET authority_id = 'other' WHERE position = 18", 18],
    [`UPDATE audit_checkpoints SET hash = '${'ab'.repeat(32)}' WHERE position = 10`, 10],
  ])('notices %s', async (tampering, firstBadPosition) => {
    await addEvents(db, 10);
    await seal();
    await addEvents(db, 8);
    await seal();
    await addEvents(db, 2);
    expect((await verify()).ok).toBe(true);
    const { meta } = await db.prepare(tampering).run();
    expect(meta.changes).toBeGreaterThan(0);
    const report = await verify();
    expect(report).toMatchObject({ ok: false, firstBadPosition, complete: false });
    expect(report.verifiedThrough).toBeLessThan(firstBadPosition);
  });

  it('notices a recomputed chain by its checkpoint', async () => {
    await addEvents(db, 4);
    await seal();
    await db.batch([
      db.prepare("UPDATE audit_events SET actor = 'someone', hash = NULL WHERE position = 2"),
      db.prepare(`UPDATE audit_head SET position = 0, hash = '${'00'.repeat(32)}'`),
    ]);
    // A forger without the key can compute hashes but not sign.
    await sealAuditEvents({ store, clock: () => NOW_MS, signer: null });
    expect(await verify()).toMatchObject({ ok: false, firstBadPosition: 4 });
  });

  it('reports a checkpoint of an unknown authority, but not an outage', async () => {
    await addEvents(db, 4);
    await seal();
    const verifyWith = (code: SignetErrorCode) =>
      verifyAuditChain({
        store,
        verifyCheckpoint: () => Promise.reject(new SignetError(code, 'no')),
      });
    expect(await verifyWith('authority-not-found')).toMatchObject({
      ok: false,
      firstBadPosition: 4,
    });
    await expect(verifyWith('record-unavailable')).rejects.toMatchObject({
      code: 'record-unavailable',
    });
  });

  it('verifies a long record in several calls', async () => {
    await addEvents(db, 1100);
    await seal();
    await addEvents(db, 3);
    const first = await verify({ maxEvents: 500 });
    expect(first).toMatchObject({ ok: true, events: 500, verifiedThrough: 500, complete: false });
    const second = await verify({ afterPosition: first.verifiedThrough, maxEvents: 501 });
    expect(second).toMatchObject({
      ok: true,
      events: 603,
      unsealed: 3,
      checkpoints: 1,
      verifiedThrough: 1103,
      complete: true,
    });
    expect(await verify({ afterPosition: 1102 })).toMatchObject({ ok: true, events: 1 });
    expect(await verify({ afterPosition: 1200 })).toMatchObject({
      ok: false,
      firstBadPosition: 1200,
    });
    await db.prepare("UPDATE audit_events SET actor = 'x' WHERE position = 900").run();
    expect(await verify({ afterPosition: 500 })).toMatchObject({ firstBadPosition: 900 });
    await db.prepare("UPDATE audit_events SET hash = 'x' WHERE position = 500").run();
    expect(await verify({ afterPosition: 500 })).toMatchObject({ firstBadPosition: 500 });
  });
});

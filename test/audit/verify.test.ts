import { beforeEach, describe, expect, it } from 'vitest';
import type { CheckpointKeys } from '../../src/audit/checkpoint.ts';
import { sealAuditEvents } from '../../src/audit/seal.ts';
import type { AuditStore } from '../../src/audit/store.ts';
import { type VerifyRange, verifyAuditChain } from '../../src/audit/verify.ts';
import { createAuditStore } from '../../src/store/audit.ts';
import { instrument, NOW_MS, openDatabase, ROOT_ACCESS } from '../store/database.ts';
import { deriveTestKeys, sealEach } from './forge.ts';
import { addEvents } from './record.ts';

describe('verifyAuditChain', () => {
  let db: D1Database;
  let store: AuditStore;
  let keys: CheckpointKeys;

  beforeEach(async () => {
    db = await openDatabase();
    store = createAuditStore(db);
    keys = await deriveTestKeys(1);
  });

  const seal = () => sealAuditEvents({ store, clock: () => NOW_MS, keys });
  const verify = (range: Partial<VerifyRange> = {}) =>
    verifyAuditChain({ store, keys }, { since: null, ...range }, ROOT_ACCESS);

  it('accepts an empty record', async () => {
    expect(await verify()).toEqual({
      ok: true,
      events: 0,
      sealedThrough: 0,
      unsealed: 0,
      checkpoints: 0,
      longestDelaySeconds: 0,
      firstBadPosition: null,
      problem: null,
      verifiedThrough: 0,
      checkpoint: null,
      complete: true,
    });
  });

  it('counts sealed events, unsealed events and checkpoints', async () => {
    await addEvents(db, 400);
    await seal();
    await addEvents(db, 20);
    const { checkpoint } = await seal();
    await addEvents(db, 5);
    expect(await verify()).toEqual({
      ok: true,
      events: 425,
      sealedThrough: 420,
      unsealed: 5,
      checkpoints: 2,
      longestDelaySeconds: 0,
      firstBadPosition: null,
      problem: null,
      verifiedThrough: 425,
      checkpoint,
      complete: true,
    });
  });

  const ZEROS = '00'.repeat(32);
  // 20 events, checkpoints 1 and 2 at 10 and 18, two unsealed events.
  it.each([
    ["UPDATE audit_events SET detail = '{}' WHERE position = 4", 4],
    ['UPDATE audit_events SET at_ms = at_ms + 1 WHERE position = 1', 1],
    ['UPDATE audit_events SET remote_address = NULL WHERE position = 18', 18],
    ['UPDATE audit_events SET hash = NULL WHERE position = 7', 7],
    [`UPDATE audit_events SET hash = '${'ab'.repeat(32)}' WHERE position = 7`, 7],
    [`UPDATE audit_events SET hash = '${ZEROS}' WHERE position = 19`, 19],
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
    ['DELETE FROM audit_checkpoints', 1],
    ['DELETE FROM audit_checkpoints WHERE sequence = 1', 18],
    ['DELETE FROM audit_checkpoints WHERE sequence = 2', 11],
    ["UPDATE audit_checkpoints SET token = 'x' WHERE sequence = 1", 10],
    ["UPDATE audit_checkpoints SET token = 'x' WHERE sequence = 2", 18],
    ['UPDATE audit_checkpoints SET position = 9 WHERE sequence = 1', 9],
    ['UPDATE audit_checkpoints SET sequence = 3 WHERE sequence = 2', 18],
    ['UPDATE audit_checkpoints SET sequence = 0 WHERE sequence = 1', 10],
    ["UPDATE audit_checkpoints SET token = replace(token, '.', 'A.') WHERE sequence = 1", 10],
    [
      "UPDATE audit_checkpoints SET token = substr(token, 1, instr(token, '.')) || substr((SELECT token FROM audit_checkpoints WHERE sequence = 2), -86) WHERE sequence = 1",
      10,
    ],
    [
      'UPDATE audit_checkpoints SET token = (SELECT token FROM audit_checkpoints WHERE sequence = 1) WHERE sequence = 2',
      18,
    ],
    [
      'INSERT INTO audit_checkpoints SELECT 3, 20, token FROM audit_checkpoints WHERE sequence = 2',
      20,
    ],
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
    expect(report.problem).toMatch(/^[A-Z].*\.$/);
    expect(report.verifiedThrough).toBeLessThanOrEqual(firstBadPosition);
  });

  it('throws if the database is down', async () => {
    const faulty = instrument(db);
    faulty.failAt(1, 'before');
    const down = verifyAuditChain(
      { store: createAuditStore(faulty.db), keys },
      { since: null },
      ROOT_ACCESS,
    );
    await expect(down).rejects.toMatchObject({ code: 'record-unavailable' });
  });

  it('verifies a long record in several calls', async () => {
    await addEvents(db, 1100);
    await seal();
    await addEvents(db, 3);
    const first = await verify({ maxEvents: 600 });
    expect(first).toMatchObject({ ok: true, events: 1000, verifiedThrough: 1000, complete: false });
    const second = await verify({ since: first.checkpoint, maxEvents: 500 });
    expect(second).toMatchObject({
      ok: true,
      events: 103,
      unsealed: 3,
      checkpoints: 1,
      verifiedThrough: 1103,
      complete: true,
    });
    expect(await verify({ since: second.checkpoint })).toMatchObject({ ok: true, events: 3 });
    await db.prepare("UPDATE audit_events SET actor = 'x' WHERE position = 900").run();
    expect(await verify({ since: second.checkpoint })).toMatchObject({ ok: true, events: 3 });
    expect(await verify()).toMatchObject({ ok: false, firstBadPosition: 900 });
  });

  it('comes to an end in a record with many checkpoints and many unsealed events', async () => {
    await addEvents(db, 510);
    await sealEach(db, keys);
    await addEvents(db, 1200);
    let report = await verify({ maxEvents: 500 });
    for (let calls = 0; !report.complete; calls++) {
      expect(report.ok).toBe(true);
      expect(calls).toBeLessThan(5);
      report = await verify({ since: report.checkpoint, maxEvents: 500 });
    }
    expect(report).toMatchObject({ ok: true, sealedThrough: 510, unsealed: 1200 });
  });

  it('tells how late events were sealed', async () => {
    await addEvents(db, 3);
    await sealAuditEvents({ store, clock: () => NOW_MS + 59_000, keys });
    await addEvents(db, 3);
    await sealAuditEvents({ store, clock: () => NOW_MS + 30_000, keys });
    expect(await verify()).toMatchObject({ ok: true, longestDelaySeconds: 59 });
    await db.batch([
      db.prepare('DELETE FROM audit_checkpoints'),
      db.prepare('UPDATE audit_events SET hash = NULL'),
    ]);
    await sealAuditEvents({ store, clock: () => NOW_MS + 7_200_000, keys });
    expect(await verify()).toMatchObject({ ok: true, longestDelaySeconds: 7200 });
  });

  it('is not misled if a job seals events while it runs', async () => {
    await addEvents(db, 490);
    await seal();
    await addEvents(db, 600);
    let pages = 0;
    const busy: AuditStore = {
      ...store,
      async readPage(request, check) {
        if (pages++ > 0) await seal();
        return store.readPage(request, check);
      },
    };
    const report = await verifyAuditChain({ store: busy, keys }, { since: null }, ROOT_ACCESS);
    expect(report).toMatchObject({ ok: true, complete: true, sealedThrough: 490 });
  });
});

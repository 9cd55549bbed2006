import { beforeEach, describe, expect, it } from 'vitest';
import { GENESIS_HASH_HEX } from '../../src/audit/chain.ts';
import { type SealDependencies, sealAuditEvents } from '../../src/audit/seal.ts';
import { verifyAuditChain } from '../../src/audit/verify.ts';
import { createAuditStore } from '../../src/store/audit.ts';
import { countRows, instrument, NOW_MS, openDatabase, ROOT_ACCESS } from '../store/database.ts';
import { deriveTestKeys, readStoredCheckpoint } from './forge.ts';
import { addEvents } from './record.ts';

describe('sealAuditEvents', () => {
  let db: D1Database;
  let dependencies: SealDependencies;

  beforeEach(async () => {
    db = await openDatabase();
    dependencies = {
      store: createAuditStore(db),
      clock: () => NOW_MS,
      keys: await deriveTestKeys(1),
    };
  });

  const verify = (keys = dependencies.keys) =>
    verifyAuditChain({ store: dependencies.store, keys }, { since: null }, ROOT_ACCESS);

  it('does nothing without new events', async () => {
    expect(await sealAuditEvents(dependencies)).toEqual({ sealed: 0, sealedThrough: 0 });
    expect(await countRows(db, 'audit_checkpoints')).toBe(0);
  });

  it('seals in pages and signs a checkpoint for each', async () => {
    await addEvents(db, 1201);
    const report = await sealAuditEvents(dependencies);
    expect(report).toEqual({ sealed: 1201, sealedThrough: 1201, checkpoint: expect.any(String) });
    expect(await verify()).toMatchObject({
      ok: true,
      events: 1201,
      unsealed: 0,
      checkpoints: 3,
      checkpoint: report.checkpoint,
    });
    expect(await readStoredCheckpoint(db, 1)).toMatchObject({
      position: 500,
      predecessorHex: GENESIS_HASH_HEX,
      publicKey: dependencies.keys.current?.publicKey,
    });
    expect(await readStoredCheckpoint(db, 3)).toMatchObject({
      sequence: 3,
      position: 1201,
      signedAtMs: NOW_MS,
    });
  });

  it('continues after the last sealed event, and signs no head twice', async () => {
    await addEvents(db, 3);
    await sealAuditEvents(dependencies);
    await addEvents(db, 2);
    expect(await sealAuditEvents(dependencies)).toMatchObject({ sealed: 2, sealedThrough: 5 });
    expect(await sealAuditEvents(dependencies)).toMatchObject({ sealed: 0, sealedThrough: 5 });
    expect(await verify()).toMatchObject({ ok: true, events: 5, checkpoints: 2 });
  });

  it('seals nothing without a key, and says why', async () => {
    await addEvents(db, 2);
    const keyless = { ...dependencies, keys: await deriveTestKeys() };
    expect(await sealAuditEvents(keyless)).toEqual({
      sealed: 0,
      sealedThrough: 0,
      problem: 'SEALING_KEY is not set, so the audit record cannot be sealed.',
    });
    expect(await verify(keyless.keys)).toMatchObject({ ok: true, sealedThrough: 0, unsealed: 2 });
    expect(await sealAuditEvents(dependencies)).toMatchObject({ sealed: 2 });
    await expect(sealAuditEvents(keyless)).rejects.toMatchObject({ code: 'audit-broken' });
  });

  it('hands over to a new key, so that the old one can be removed', async () => {
    await addEvents(db, 3);
    await sealAuditEvents(dependencies);
    const [both, onlyNew] = [await deriveTestKeys(1, 2), await deriveTestKeys(2)];
    const early = sealAuditEvents({ ...dependencies, keys: onlyNew });
    await expect(early).rejects.toMatchObject({ code: 'audit-broken' });

    expect(await sealAuditEvents({ ...dependencies, keys: both })).toMatchObject({ sealed: 0 });
    expect(await readStoredCheckpoint(db, 2)).toMatchObject({
      position: 3,
      publicKey: onlyNew.current?.publicKey,
    });
    await addEvents(db, 2);
    expect(await sealAuditEvents({ ...dependencies, keys: onlyNew })).toMatchObject({ sealed: 2 });
    expect(await verify(onlyNew)).toMatchObject({ ok: true, events: 5, checkpoints: 3 });
    // The old key can no longer sign checkpoints.
    expect(await verify()).toMatchObject({ ok: false });
  });

  it('seals up to an event that is missing, and no further', async () => {
    await addEvents(db, 6);
    await db.prepare('DELETE FROM audit_events WHERE position = 4').run();
    for (let run = 0; run < 2; run++) {
      await expect(sealAuditEvents(dependencies)).rejects.toMatchObject({
        code: 'audit-broken',
        message:
          'The audit record is not right at position 4, so nothing more is sealed. The event is missing.',
      });
    }
    expect(await readStoredCheckpoint(db, 1)).toMatchObject({ position: 3 });
    expect(await countRows(db, 'audit_checkpoints')).toBe(1);
    expect(await verify()).toMatchObject({ ok: false, firstBadPosition: 4, sealedThrough: 3 });
  });

  it('does not fork the chain if several seal at once', async () => {
    await addEvents(db, 1300);
    const reports = await Promise.all(
      Array.from({ length: 8 }, () => sealAuditEvents(dependencies)),
    );
    expect(reports.reduce((sum, { sealed }) => sum + sealed, 0)).toBe(1300);
    expect(await verify()).toMatchObject({ ok: true, events: 1300, unsealed: 0, checkpoints: 3 });
  });

  it('leaves no half-sealed page if D1 fails', async () => {
    await addEvents(db, 10);
    for (const when of ['before', 'after'] as const) {
      const faulty = instrument(db);
      faulty.failAt(2, when);
      const store = createAuditStore(faulty.db);
      await expect(sealAuditEvents({ ...dependencies, store })).rejects.toMatchObject({
        code: 'record-unavailable',
      });
      expect(await verify()).toMatchObject({ ok: true, unsealed: when === 'before' ? 10 : 0 });
    }
    await sealAuditEvents(dependencies);
    expect(await verify()).toMatchObject({ ok: true, events: 10, checkpoints: 1 });
  });
});

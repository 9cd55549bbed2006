import { beforeEach, describe, expect, it } from 'vitest';
import { checkpointMessage } from '../../src/audit/chain.ts';
import { type SealDependencies, sealAuditEvents } from '../../src/audit/seal.ts';
import { verifyAuditChain } from '../../src/audit/verify.ts';
import { createAuditStore } from '../../src/store/audit.ts';
import { makeAuthority } from '../lists/test-authority.ts';
import { countRows, instrument, NOW_MS, openDatabase } from '../store/database.ts';
import { addEvents } from './record.ts';

describe('sealAuditEvents', () => {
  let db: D1Database;
  let signing: Awaited<ReturnType<typeof makeAuthority>>;
  let dependencies: SealDependencies;

  beforeEach(async () => {
    db = await openDatabase();
    signing = await makeAuthority();
    dependencies = {
      store: createAuditStore(db),
      clock: () => NOW_MS,
      signer: { authorityId: 'default', sign: signing.sign },
    };
  });

  const verify = () =>
    verifyAuditChain({
      store: dependencies.store,
      verifyCheckpoint: (_, message, signature) => signing.verify(message, signature),
    });

  it('does nothing without new events', async () => {
    expect(await sealAuditEvents(dependencies)).toEqual({
      sealed: 0,
      sealedThrough: 0,
      checkpointSigned: false,
    });
    expect(await countRows(db, 'audit_checkpoints')).toBe(0);
  });

  it('seals in pages and signs one checkpoint of the head', async () => {
    await addEvents(db, 1201);
    expect(await sealAuditEvents(dependencies)).toEqual({
      sealed: 1201,
      sealedThrough: 1201,
      checkpointSigned: true,
    });
    expect(await verify()).toMatchObject({ ok: true, events: 1201, unsealed: 0, checkpoints: 1 });
    const { checkpoints } = await dependencies.store.readRange(1200, 1201);
    expect(checkpoints[0]).toMatchObject({
      position: 1201,
      authorityId: 'default',
      signedAtMs: NOW_MS,
    });
    const [checkpoint] = checkpoints;
    if (checkpoint === undefined) throw new Error('no checkpoint');
    const message = checkpointMessage(checkpoint, NOW_MS);
    const signature = Uint8Array.fromBase64(checkpoint.signatureBase64);
    expect(await signing.verify(message, signature)).toBe(true);
  });

  it('continues after the last sealed event, and signs no head twice', async () => {
    await addEvents(db, 3);
    await sealAuditEvents(dependencies);
    await addEvents(db, 2);
    expect(await sealAuditEvents(dependencies)).toMatchObject({ sealed: 2, sealedThrough: 5 });
    expect(await sealAuditEvents(dependencies)).toEqual({
      sealed: 0,
      sealedThrough: 5,
      checkpointSigned: false,
    });
    expect(await verify()).toMatchObject({ ok: true, events: 5, checkpoints: 2 });
  });

  it('seals without a signer; the checkpoint follows later', async () => {
    await addEvents(db, 2);
    const keyless = { ...dependencies, signer: null };
    expect(await sealAuditEvents(keyless)).toMatchObject({ sealed: 2, checkpointSigned: false });
    expect(await sealAuditEvents(dependencies)).toMatchObject({
      sealed: 0,
      checkpointSigned: true,
    });
  });

  it('does not fork the chain if several seal at once', async () => {
    await addEvents(db, 1300);
    const reports = await Promise.all(
      Array.from({ length: 8 }, () => sealAuditEvents(dependencies)),
    );
    expect(reports.reduce((sum, { sealed }) => sum + sealed, 0)).toBe(1300);
    expect(await verify()).toMatchObject({ ok: true, events: 1300, unsealed: 0 });
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

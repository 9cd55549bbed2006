import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rechain, resignAll, shiftEvents } from '../audit/forge.ts';
import { addEvents } from '../audit/record.ts';
import { countRows } from '../store/database.ts';
import { AUTHORIZATION, openWorker, type TestWorker } from './worker.ts';

/** An attacker who can write to D1 but holds no key. */
describe('a forged audit record', () => {
  let worker: TestWorker;
  let db: D1Database;
  let log: string[];

  beforeEach(async () => {
    log = [];
    vi.spyOn(console, 'log').mockImplementation((line) => void log.push(String(line)));
    worker = await openWorker();
    db = worker.db;
    // The certificate of the default authority is the first event.
    await worker.send('/ca/default.crt');
    await addEvents(db, 5);
    await runSeal();
    await addEvents(db, 4);
    await runSeal();
    await addEvents(db, 2);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  async function ask(path: string, method = 'GET') {
    const { response, text } = await worker.send(path, {
      method,
      headers: { Authorization: AUTHORIZATION },
    });
    return { status: response.status, json: JSON.parse(text) };
  }
  const runSeal = () => ask('/api/v1/jobs/seal-audit', 'POST');
  const verify = async (since?: string) =>
    (await ask(`/api/v1/audit/verify${since === undefined ? '' : `?since=${since}`}`)).json;
  const keepCheckpoint = async () => (await ask('/api/v1/audit/checkpoint')).json.checkpoint;
  const run = (...statements: string[]) => db.batch(statements.map((text) => db.prepare(text)));

  const CHANGE = "UPDATE audit_events SET actor = 'somebody else' WHERE position = 3";
  const DELETE_CHECKPOINTS = 'DELETE FROM audit_checkpoints';

  it('verifies before anybody forges it', async () => {
    expect(await verify()).toMatchObject({
      ok: true,
      complete: true,
      events: 12,
      sealedThrough: 10,
      unsealed: 2,
      checkpoints: 2,
      problem: null,
    });
    expect(await verify(await keepCheckpoint())).toMatchObject({ ok: true, events: 2 });
    expect((await ask('/healthz')).json).toMatchObject({ audit: true });
  });

  const forgeries: Record<string, { forge: () => Promise<unknown>; stopsSealing: boolean }> = {
    'changes an event, chains again and keeps the checkpoints': {
      forge: async () => {
        await run(CHANGE);
        await rechain(db, 10);
      },
      stopsSealing: false,
    },
    'changes an event, chains again and deletes all checkpoints': {
      forge: async () => {
        await run(CHANGE, DELETE_CHECKPOINTS);
        await rechain(db, 10);
      },
      stopsSealing: true,
    },
    'changes an event, chains again and deletes the newest checkpoint': {
      forge: async () => {
        await run(
          "UPDATE audit_events SET actor = 'somebody else' WHERE position = 8",
          `${DELETE_CHECKPOINTS} WHERE sequence = 2`,
        );
        await rechain(db, 10);
      },
      stopsSealing: true,
    },
    'changes an event and signs everything with a key of its own': {
      forge: async () => {
        await run(CHANGE);
        await resignAll(db, 10, await rechain(db, 10));
      },
      stopsSealing: true,
    },
    'inserts an event, chains again and deletes all checkpoints': {
      forge: async () => {
        await shiftEvents(db, 4, 1);
        await run(
          `INSERT INTO audit_events (position, at_ms, account_id, actor, action, outcome, request_id)
           VALUES (4, 1, 'root', 'root', 'certificate.issue', 'done', 'r')`,
          DELETE_CHECKPOINTS,
        );
        await rechain(db, 11);
      },
      stopsSealing: true,
    },
    'inserts an event, chains again and keeps the checkpoints': {
      forge: async () => {
        await shiftEvents(db, 4, 1);
        await run(
          `INSERT INTO audit_events (position, at_ms, account_id, actor, action, outcome, request_id)
           VALUES (4, 1, 'root', 'root', 'certificate.issue', 'done', 'r')`,
        );
        await rechain(db, 11);
      },
      stopsSealing: true,
    },
    'removes an event, chains again and deletes all checkpoints': {
      forge: async () => {
        await run('DELETE FROM audit_events WHERE position = 4', DELETE_CHECKPOINTS);
        await shiftEvents(db, 5, -1);
        await rechain(db, 9);
      },
      stopsSealing: true,
    },
    'swaps the checkpoints': {
      forge: () =>
        run(
          'UPDATE audit_checkpoints SET sequence = -sequence',
          'UPDATE audit_checkpoints SET sequence = 3 + sequence, position = 16 - position',
        ),
      stopsSealing: true,
    },
    'deletes the older checkpoint': {
      forge: () => run(`${DELETE_CHECKPOINTS} WHERE sequence = 1`),
      stopsSealing: false,
    },
    'removes an event that is not sealed yet': {
      forge: () => run('DELETE FROM audit_events WHERE position = 11'),
      stopsSealing: true,
    },
    'deletes the newest events and their checkpoint': {
      forge: () =>
        run(
          'DELETE FROM audit_events WHERE position > 8',
          `${DELETE_CHECKPOINTS} WHERE sequence = 2`,
        ),
      stopsSealing: true,
    },
  };

  it.each(Object.entries(forgeries))('is noticed if someone %s', async (_, forgery) => {
    const kept = await keepCheckpoint();
    await forgery.forge();
    expect(await verify()).toMatchObject({ ok: false, complete: false });
    const checkpoints = await countRows(db, 'audit_checkpoints');
    const { status, json } = await runSeal();
    if (forgery.stopsSealing) {
      expect([status, json.code]).toEqual([503, 'audit-broken']);
      expect(await countRows(db, 'audit_checkpoints')).toBe(checkpoints);
      const health = await ask('/healthz');
      expect([health.status, health.json.audit]).toEqual([503, false]);
      expect(log.at(-1)).toContain('The audit record does not verify at position');
    } else {
      // The next checkpoint continues the chain as it was signed, not as it was forged.
      expect(status).toBe(200);
    }
    expect(await verify()).toMatchObject({ ok: false });
    expect(await verify(kept)).toMatchObject({ ok: !forgery.stopsSealing });
  });

  it('is noticed only with a kept checkpoint if the whole tail is deleted', async () => {
    const [first, newest] = [await keepFirst(), await keepCheckpoint()];
    await run(
      'DELETE FROM audit_events WHERE position > 6',
      `${DELETE_CHECKPOINTS} WHERE sequence > 1`,
      'UPDATE sqlite_sequence SET seq = 6',
    );
    await addEvents(db, 6);
    expect((await runSeal()).status).toBe(200);
    expect(await verify()).toMatchObject({ ok: true, sealedThrough: 12 });
    expect(await verify(first)).toMatchObject({ ok: true });
    expect(await verify(newest)).toMatchObject({
      ok: false,
      verifiedThrough: 0,
      checkpoint: null,
      firstBadPosition: 10,
      problem: 'Checkpoint 2 is not in the record.',
    });
  });

  it('is noticed only with a kept checkpoint if all events count as unsealed again', async () => {
    const kept = await keepCheckpoint();
    await run(CHANGE, DELETE_CHECKPOINTS, 'UPDATE audit_events SET hash = NULL');
    expect((await runSeal()).status).toBe(200);
    expect(await verify()).toMatchObject({ ok: true, sealedThrough: 12 });
    expect(await verify(kept)).toMatchObject({ ok: false });
  });

  async function keepFirst(): Promise<string> {
    const token = await db
      .prepare('SELECT token FROM audit_checkpoints WHERE sequence = 1')
      .first<string>('token');
    return token ?? '';
  }

  it.each(['', 'x', 'a.b', 'c2lnbmV0.AAAA'])('refuses the checkpoint %j', async (since) => {
    const { status, json } = await ask(`/api/v1/audit/verify?since=${since}`);
    expect([status, json.code, json.field]).toEqual([400, 'invalid-parameter', 'since']);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuthorityRecord } from '../../src/authorities/store.ts';
import { createAuthorityStore } from '../../src/store/authority.ts';
import { createAuthorityAnnouncementStore } from '../../src/store/authority-expiry.ts';
import { announceExpiringAuthorities } from '../../src/webhooks/announce-expiring-authorities.ts';
import { type Issuer, makeCertificate, openIssuer } from '../authorities/make-ca.ts';
import { captureLog, openWorker } from '../http/live.ts';
import { makeAuthorityRecord } from '../make-authority.ts';
import { instrument, makeEvent, NOW_MS, NOW_SECONDS, openDatabase } from '../store/database.ts';
import { NO_FILTERS, openWebhooks } from './live-webhook.ts';

const DAY = 86_400;

let db: D1Database;
let root: Issuer;
beforeEach(async () => {
  db = await openDatabase();
  root = await openIssuer('CN=Root', 'p-256');
});

/** A certificate that expires in so many days. */
const certify = (days: number, { lifetimeDays = 1000, serialHex = '01' } = {}) =>
  makeCertificate(root, root, {
    serialHex,
    notBeforeSeconds: NOW_SECONDS + (days - lifetimeDays) * DAY,
    notAfterSeconds: NOW_SECONDS + days * DAY,
  });

async function add(
  id: string,
  certificateDer: Uint8Array,
  changes: Partial<AuthorityRecord> = {},
): Promise<void> {
  await createAuthorityStore(db).createAuthority(
    makeAuthorityRecord({ generationId: id, certificateDer, ...changes }),
    `name of ${id}`,
    makeEvent('authority.create', id),
  );
}

async function listIds(): Promise<string[]> {
  const { results } = await db.prepare('SELECT id FROM authorities').all<{ id: string }>();
  return results.map(({ id }) => id);
}

const announceAt = (days: number, over: D1Database = db) =>
  announceExpiringAuthorities({
    store: createAuthorityAnnouncementStore(over),
    listGenerations: listIds,
    thresholdDays: [30, 14, 7, 1],
    clock: () => NOW_MS + days * DAY * 1000,
    randomBytes: (length) => new Uint8Array(length),
  });

/** The events, each as its authority and threshold. */
async function list(): Promise<readonly string[]> {
  const { results } = await db
    .prepare(
      `SELECT target || ' ' || (detail ->> 'days') AS told FROM audit_events
WHERE action IN ('authority.expire-soon', 'authority.expire') ORDER BY position`,
    )
    .all<{ told: string }>();
  return results.map(({ told }) => told);
}

describe('announceExpiringAuthorities', () => {
  it('announces an authority once for each threshold, and once when it has expired', async () => {
    await add('a', await certify(40));
    for (let day = 0; day <= 45; day++) {
      const before = await list();
      const counts = await Promise.all([announceAt(day), announceAt(day), announceAt(day)]);
      const told = (await list()).length - before.length;
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(told);
    }
    expect(await list()).toEqual(['a 30', 'a 14', 'a 7', 'a 1', 'a 0']);
  });

  it('announces again at the right time what a clock that was ahead has announced', async () => {
    await add('a', await certify(40));
    await announceAt(50);
    for (let day = 0; day <= 42; day++) await announceAt(day);
    expect(await list()).toEqual(['a 0', 'a 30', 'a 14', 'a 7', 'a 1', 'a 0']);
  });

  it('announces only the last threshold of several that were passed', async () => {
    await add('a', await certify(40));
    await announceAt(34);
    expect(await list()).toEqual(['a 7']);
  });

  it('leaves out thresholds that are longer than the lifetime', async () => {
    await add('a', await certify(7, { lifetimeDays: 7 }));
    for (let day = 0; day <= 7; day++) await announceAt(day);
    expect(await list()).toEqual(['a 1']);
  });

  it('starts again after a renewal', async () => {
    await add('a', await certify(10));
    await announceAt(0);
    const renewed = await certify(20);
    await db
      .prepare("UPDATE authorities SET certificate = ?1, certificate_sha256 = 'renewed'")
      .bind(renewed.toBase64())
      .run();
    for (const day of [0, 1, 7, 8]) await announceAt(day);
    expect(await list()).toEqual(['a 14', 'a 30', 'a 14']);
  });

  it('writes nothing about a certificate that was replaced since it was read', async () => {
    await add('a', await certify(10));
    const store = createAuthorityAnnouncementStore(db);
    const announced = await announceExpiringAuthorities({
      store: {
        ...store,
        async readExpiries(ids) {
          const read = await store.readExpiries(ids);
          await db.prepare("UPDATE authorities SET certificate_sha256 = 'renewed'").run();
          return read;
        },
      },
      listGenerations: listIds,
      thresholdDays: [30],
      clock: () => NOW_MS,
      randomBytes: (length) => new Uint8Array(length),
    });
    expect([announced, await list()]).toEqual([0, []]);
  });

  it('leaves out revoked authorities and former generations, but not those on hold or disabled', async () => {
    await add('parent', await certify(900));
    for (const [id, serialHex, reason] of [
      ['gone', 'a7', 1],
      ['held', 'a8', 6],
    ] as const) {
      await add(id, await certify(10, { serialHex }), { parentId: 'parent' });
      await db
        .prepare(
          `INSERT INTO revocations (authority_id, serial, revision, revoked_at_s, reason, not_after_s)
VALUES ('parent', ?1, 1, 0, ?2, 0)`,
        )
        .bind(serialHex, reason)
        .run();
    }
    await add('off', await certify(10), { state: 'disabled' });
    await add('revoked', await certify(10), { state: 'revoked' });
    await add('old', await certify(10), { isCurrent: false });
    await announceAt(0);
    expect((await list()).toSorted()).toEqual(['held 14', 'off 14']);
  });

  it('announces the others if a certificate cannot be read', async () => {
    await add('broken', Uint8Array.of(0x30, 0x00));
    await add('a', await certify(10));
    await announceAt(0);
    expect(await list()).toEqual(['a 14']);
  });

  it('loses and repeats nothing when D1 fails', async () => {
    for (let call = 1; call <= 2; call++) {
      for (const when of ['before', 'after'] as const) {
        db = await openDatabase();
        await add('a', await certify(10));
        const faulty = instrument(db);
        faulty.failAt(call, when);
        await announceAt(0, faulty.db).catch(() => {});
        await announceAt(0);
        expect(await list()).toEqual(['a 14']);
      }
    }
  });

  it('is delivered with the days that were left and the end', async () => {
    await add('a', await certify(10));
    const live = openWebhooks(db);
    await live.create({ filters: { ...NO_FILTERS, types: ['authority.expiring'] } });
    await announceAt(0);
    await live.deliver();
    expect(live.sent.map(({ json }) => json)).toMatchObject([
      {
        type: 'authority.expiring',
        data: {
          id: 'a',
          account: 'root',
          authority: 'a',
          details: { days: 14, notAfterSeconds: NOW_SECONDS + 10 * DAY },
        },
      },
    ]);
  });
});

describe('the job announce-expiring', () => {
  captureLog();
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('announces roots and subordinate CAs, each once', async () => {
    const live = await openWorker({ CA_VALIDITY_DAYS: '10' });
    const filters = { types: ['certificate.expiring'] };
    const hook = { name: 'a webhook', url: 'https://hooks.test/', filters };
    expect((await live.send('/api/v1/webhooks', { body: hook })).status).toBe(201);
    const body = { name: 'Sub', subject: 'CN=Sub', parent: 'default', validity: '9d' };
    const { json: sub } = await live.send('/api/v1/authorities', { body });
    const run = async () =>
      (await live.send('/api/v1/jobs/announce-expiring', { method: 'POST' })).json.report;
    expect(await run()).toEqual({ authorities: 0, announced: 0, more: false });
    vi.setSystemTime(Date.now() + 4 * DAY * 1000);
    expect(await run()).toEqual({ authorities: 2, announced: 0, more: false });
    expect(await run()).toEqual({ authorities: 0, announced: 0, more: false });
    const { json } = await live.send('/api/v1/audit?action=authority.expire-soon');
    expect(json).toMatchObject({
      events: expect.arrayContaining([
        expect.objectContaining({ target: 'default', authority: 'default', account: 'root' }),
        expect.objectContaining({ target: sub.id, authority: sub.id, account: 'root' }),
      ]),
    });
  });
});

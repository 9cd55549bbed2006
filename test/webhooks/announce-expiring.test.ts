import { beforeEach, describe, expect, it } from 'vitest';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import { createAnnouncementStore } from '../../src/store/webhook-expiry.ts';
import { announceExpiring } from '../../src/webhooks/announce-expiring.ts';
import {
  instrument,
  makeIssuance,
  makeRevocation,
  NOW_MS,
  NOW_SECONDS,
  openDatabaseWithAuthority,
} from '../store/database.ts';
import { NO_FILTERS, openWebhooks } from './live-webhook.ts';

const DAY = 86_400;

let db: D1Database;
let live: ReturnType<typeof openWebhooks>;
beforeEach(async () => {
  db = await openDatabaseWithAuthority();
  live = openWebhooks(db);
});

const announceAt = (days: number, over: D1Database = db) =>
  announceExpiring({
    store: createAnnouncementStore(over),
    thresholdDays: [30, 14, 7, 1],
    clock: () => NOW_MS + days * DAY * 1000,
    randomBytes: (length) => new Uint8Array(length),
  });

async function issue(serialHex: string, days: number): Promise<void> {
  await createIssuanceStore(db).commitIssuances([
    await makeIssuance({ serialHex, notAfterSeconds: NOW_SECONDS + days * DAY }),
  ]);
}

async function list(): Promise<readonly unknown[]> {
  const { results } = await db
    .prepare(
      `SELECT target || ' ' || (detail ->> 'days') AS told FROM audit_events
WHERE action = 'certificate.expire-soon' ORDER BY position`,
    )
    .all<{ told: string }>();
  return results.map(({ told }) => told);
}

describe('announceExpiring', () => {
  it('announces a certificate once for each threshold, each day once', async () => {
    await live.create();
    await issue('a1', 40);
    for (let day = 0; day <= 42; day++) {
      await announceAt(day);
      await announceAt(day);
    }
    expect(await list()).toEqual(['a1 30', 'a1 14', 'a1 7', 'a1 1']);
  });

  it('announces again at the right time what a clock that was ahead has announced', async () => {
    await live.create();
    await issue('a1', 40);
    await issue('a2', 760);
    await announceAt(735);
    expect(await list()).toEqual(['a2 30']);
    for (let day = 0; day <= 42; day++) await announceAt(day);
    expect(await list()).toEqual(['a2 30', 'a1 30', 'a1 14', 'a1 7', 'a1 1']);
    await announceAt(735);
    expect((await list()).slice(5)).toEqual(['a2 30']);
  });

  it('announces only the last threshold of several that were passed', async () => {
    await live.create();
    await issue('a1', 40);
    await announceAt(0);
    await announceAt(34);
    expect(await list()).toEqual(['a1 7']);
  });

  it('writes nothing while no webhook wants to know', async () => {
    await live.create({ filters: { ...NO_FILTERS, types: ['certificate.issued'] } });
    await issue('a1', 10);
    await announceAt(0);
    expect(await list()).toEqual([]);
  });

  it('leaves out revoked certificates, but not those on hold', async () => {
    await live.create();
    await issue('a1', 10);
    await issue('a2', 11);
    const store = createRevocationStore(db);
    await store.commitRevocation(makeRevocation('a1', { reason: 1 }));
    await store.commitRevocation(makeRevocation('a2', { reason: 6 }));
    await announceAt(0);
    expect(await list()).toEqual(['a2 14']);
  });

  it('announces all of more than a page, once, when several runs start at once', async () => {
    await live.create();
    const commits = [];
    for (let index = 0; index < 450; index++) {
      commits.push(
        await makeIssuance({
          serialHex: `a${1000 + index}`,
          notAfterSeconds: NOW_SECONDS + 10 * DAY + (index % 3),
        }),
      );
    }
    for (let index = 0; index < commits.length; index += 50) {
      await createIssuanceStore(db).commitIssuances(commits.slice(index, index + 50));
    }
    await Promise.all([announceAt(0), announceAt(0), announceAt(0)]);
    await announceAt(0);
    const told = await list();
    expect(told).toHaveLength(450);
    expect(new Set(told).size).toBe(450);
  });

  it('loses and repeats nothing when D1 fails', async () => {
    for (let call = 1; call <= 6; call++) {
      for (const when of ['before', 'after'] as const) {
        db = await openDatabaseWithAuthority();
        live = openWebhooks(db);
        await live.create();
        await issue('a1', 10);
        const faulty = instrument(db);
        faulty.failAt(call, when);
        await announceAt(0, faulty.db).catch(() => {});
        await announceAt(0);
        expect(await list()).toEqual(['a1 14']);
      }
    }
  });

  it('is delivered with the days that were left', async () => {
    await live.create({ filters: { ...NO_FILTERS, types: ['certificate.expiring'] } });
    await issue('a1', 10);
    await announceAt(0);
    await live.deliver();
    expect(live.sent.map(({ json }) => json)).toMatchObject([
      {
        type: 'certificate.expiring',
        data: { serial: 'a1', subject: 'CN=a', daysBeforeExpiry: 14 },
      },
    ]);
  });
});

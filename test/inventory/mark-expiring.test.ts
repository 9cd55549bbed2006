import { beforeEach, describe, expect, it } from 'vitest';
import { type ExpiryEvent, markExpiring } from '../../src/inventory/mark-expiring.ts';
import { createExpiryStore } from '../../src/store/inventory-expiry.ts';
import { findEventType } from '../../src/webhooks/event-types.ts';
import { NOW_SECONDS, openDatabase } from '../store/database.ts';
import { makeEntry, makeInventory, makeReplacement, REQUEST, ROOT } from './make-inventory.ts';
import { NOT_AFTER_SECONDS } from './uploads.ts';

const DAY = 86_400;

let db: D1Database;
let events: ExpiryEvent[];
beforeEach(async () => {
  db = await openDatabase();
  events = [];
});

const markAt = (nowSeconds: number, thresholdDays: readonly number[] = [30, 14, 7, 1]) =>
  markExpiring({
    store: createExpiryStore(db),
    thresholdDays,
    clock: () => nowSeconds * 1000 + 999,
    writeEvent: (event) => events.push(event),
  });

/** Adds rows that expire at the given times. */
async function addRows(notAfterSeconds: readonly number[]): Promise<void> {
  await db
    .prepare(
      `INSERT INTO inventory (id, account_id, name, type, certificate, chain, common_name,
  dns_names, fingerprint, not_before_s, not_after_s, marks, origin, created_at_ms, updated_at_ms)
SELECT 'cert-' || key, 'root', 'n' || key, 2, '', '[]', '', '[]', '', 0, value, '[]', 'upload', 0, 0
FROM json_each(?1)`,
    )
    .bind(JSON.stringify(notAfterSeconds))
    .run();
}

describe('markExpiring', () => {
  it('announces an entry once per threshold', async () => {
    const end = NOW_SECONDS + 100 * DAY;
    await addRows([end]);
    const seen: (number | string)[][] = [];
    for (const left of [
      31 * DAY,
      30 * DAY + 1,
      30 * DAY,
      20 * DAY,
      14 * DAY,
      8 * DAY,
      7 * DAY,
      DAY,
      1,
      0,
      -1,
      -40 * DAY,
    ]) {
      events = [];
      await markAt(end - left);
      await markAt(end - left);
      for (const { event, thresholdDays, daysLeft } of events) {
        seen.push([left / DAY, event, thresholdDays, daysLeft]);
      }
    }
    expect(seen).toEqual([
      [30, 'inventory.expiring', 30, 30],
      [14, 'inventory.expiring', 14, 14],
      [7, 'inventory.expiring', 7, 7],
      [1, 'inventory.expiring', 1, 1],
      [-1 / DAY, 'inventory.expired', 0, 0],
    ]);
  });

  it.each([
    [-1, 0],
    [10, 14],
  ])(
    'announces again at the right time what a clock that was ahead has announced %i days before the end',
    async (left, early) => {
      const hour = Math.ceil(NOW_SECONDS / 3600) * 3600;
      const end = hour + 100 * DAY;
      await addRows([end]);
      await markAt(end - left * DAY);
      for (let each = 31; each >= -1; each--) await markAt(end - each * DAY);
      expect(events.map(({ thresholdDays }) => thresholdDays)).toEqual([early, 30, 14, 7, 1, 0]);
    },
  );

  it('announces at the thresholds of the setting', async () => {
    const end = NOW_SECONDS + 100 * DAY;
    await addRows([end]);
    for (let left = 100; left >= -1; left--) await markAt(end - left * DAY, [90, 20]);
    expect(events.map(({ thresholdDays, daysLeft }) => [thresholdDays, daysLeft])).toEqual([
      [90, 90],
      [20, 20],
      [0, 0],
    ]);
  });

  it('announces only later thresholds after the setting was changed', async () => {
    const end = NOW_SECONDS + 100 * DAY;
    await addRows([end]);
    await markAt(end - 14 * DAY);
    for (const days of [[60], [60, 20], [60, 13]]) await markAt(end - 12 * DAY, days);
    expect(events.map(({ thresholdDays }) => thresholdDays)).toEqual([14, 13]);
  });

  it('records an event once per threshold, which webhooks send', async () => {
    await addRows([NOW_SECONDS + 5 * DAY, NOW_SECONDS - 1, NOW_SECONDS + 60 * DAY]);
    for (let i = 0; i < 2; i++) await markAt(NOW_SECONDS);
    const { results } = await db
      .prepare(
        'SELECT action, account_id, actor, outcome, target, detail FROM audit_events ORDER BY target',
      )
      .all();
    const common = { account_id: 'root', actor: 'job', outcome: 'done' };
    expect(results).toEqual([
      { ...common, action: 'inventory.expire-soon', target: 'cert-0', detail: '{"days":7}' },
      { ...common, action: 'inventory.expire', target: 'cert-1', detail: '{"days":0}' },
    ]);
    const types = results.map(({ action }) => findEventType(String(action), {}));
    expect(types).toEqual(['inventory.expiring', 'inventory.expired']);
  });

  it('names the entry, and counts', async () => {
    await addRows([NOW_SECONDS + 5 * DAY, NOW_SECONDS - 1, NOW_SECONDS + 60 * DAY]);
    expect(await markAt(NOW_SECONDS)).toEqual({ expiring: 1, expired: 1 });
    const [left, over] = events.toSorted((a, b) => a.name.localeCompare(b.name));
    expect(left).toEqual({
      event: 'inventory.expiring',
      certificateId: 'cert-0',
      accountId: 'root',
      name: 'n0',
      thresholdDays: 7,
      daysLeft: 5,
      notAfterSeconds: NOW_SECONDS + 5 * DAY,
    });
    expect(over).toEqual({
      event: 'inventory.expired',
      certificateId: 'cert-1',
      accountId: 'root',
      name: 'n1',
      thresholdDays: 0,
      daysLeft: 0,
      notAfterSeconds: NOW_SECONDS - 1,
    });
    expect(await markAt(NOW_SECONDS)).toEqual({ expiring: 0, expired: 0 });
  });

  it('announces each entry once if several run at once', async () => {
    await addRows(Array.from({ length: 250 }, (_, i) => NOW_SECONDS + i * 600));
    await Promise.all([markAt(NOW_SECONDS), markAt(NOW_SECONDS), markAt(NOW_SECONDS)]);
    expect(events).toHaveLength(250);
    expect(new Set(events.map(({ certificateId }) => certificateId)).size).toBe(250);
  });

  it('records the threshold in the entry, and starts again after a replacement', async () => {
    const { inventory } = makeInventory(db);
    const { id } = await inventory.create(ROOT, makeEntry('a'), REQUEST);
    await db
      .prepare('UPDATE inventory SET not_after_s = ?1')
      .bind(NOW_SECONDS - 1)
      .run();
    await markAt(NOW_SECONDS);
    expect((await inventory.find(ROOT, id)).notifiedDays).toBe(0);
    await inventory.replace(ROOT, id, makeReplacement(), REQUEST);
    expect((await inventory.find(ROOT, id)).notifiedDays).toBeNull();
    events = [];
    await markAt(NOT_AFTER_SECONDS - DAY);
    expect(events).toMatchObject([{ certificateId: id, thresholdDays: 1 }]);
  });
});

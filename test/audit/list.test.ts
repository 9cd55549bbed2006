import { beforeAll, describe, expect, it } from 'vitest';
import { listAuditEvents } from '../../src/audit/list.ts';
import type { AuditStore } from '../../src/audit/store.ts';
import { createAuditStore } from '../../src/store/audit.ts';
import { NO_AUDIT_FILTERS, NOW_MS, openDatabase, ROOT_ACCESS } from '../store/database.ts';
import { addEvents } from './record.ts';

const OLDEST = { newestFirst: false, filters: NO_AUDIT_FILTERS };
const NEWEST = { ...OLDEST, newestFirst: true };

describe('listAuditEvents', () => {
  let store: AuditStore;
  beforeAll(async () => {
    const db = await openDatabase();
    await addEvents(db, 5);
    store = createAuditStore(db);
  });

  it('pages through the record, oldest first', async () => {
    const first = await listAuditEvents(
      store,
      { ...OLDEST, afterPosition: 0, limit: 3 },
      ROOT_ACCESS,
    );
    expect(first.events.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(first.nextAfterPosition).toBe(3);
    const second = await listAuditEvents(
      store,
      { ...OLDEST, afterPosition: 3, limit: 2 },
      ROOT_ACCESS,
    );
    expect(second.events.map(({ position }) => position)).toEqual([4, 5]);
    expect(second.nextAfterPosition).toBeNull();
    expect(second.events[0]).toEqual({
      position: 4,
      atMs: NOW_MS,
      accountId: 'root',
      actor: 'root-key',
      action: 'certificate.issue',
      outcome: 'done',
      authorityId: 'default',
      target: 's3',
      detail: '{"subject":"CN=a"}',
      requestId: 'a-request',
      remoteAddress: '192.0.2.1',
      country: 'NL',
      hashHex: null,
    });
  });

  it('pages through the record, newest first', async () => {
    const page = { ...NEWEST, limit: 3 };
    const first = await listAuditEvents(store, { ...page, afterPosition: null }, ROOT_ACCESS);
    expect(first.events.map(({ position }) => position)).toEqual([5, 4, 3]);
    const second = await listAuditEvents(store, { ...page, afterPosition: 3 }, ROOT_ACCESS);
    expect(second.events.map(({ position }) => position)).toEqual([2, 1]);
    expect(second.nextAfterPosition).toBeNull();
  });

  it.each([
    [{ target: 's3' }, [4]],
    [{ target: 's3', outcome: 'refused' }, []],
    [{ action: 'certificate.issue', untilMs: NOW_MS + 1 }, [1, 2, 3, 4, 5]],
    [{ action: 'certificate.revoke' }, []],
    [{ actor: 'root-key', accountId: 'root', fromMs: NOW_MS }, [1, 2, 3, 4, 5]],
    [{ actor: 'nobody' }, []],
    [{ untilMs: NOW_MS }, []],
  ])('filters by %j', async (filters, positions) => {
    for (const order of [OLDEST, NEWEST]) {
      const request = { ...order, filters: { ...NO_AUDIT_FILTERS, ...filters }, limit: 10 };
      const page = await listAuditEvents(store, { ...request, afterPosition: null }, ROOT_ACCESS);
      const found = page.events.map(({ position }) => position);
      expect(order.newestFirst ? found.reverse() : found).toEqual(positions);
      expect(page.nextAfterPosition).toBeNull();
    }
  });

  it('goes on behind the events that it went through without a match', async () => {
    const db = await openDatabase();
    await addEvents(db, 1);
    await db.prepare('UPDATE audit_events SET position = 12001').run();
    await addEvents(db, 1);
    const long = createAuditStore(db);
    for (const [order, wanted] of [
      [OLDEST, 12_002],
      [NEWEST, 12_001],
    ] as const) {
      const filters = { ...NO_AUDIT_FILTERS, fromMs: 0 };
      const request = { ...order, filters, limit: 1 };
      let afterPosition: number | null = null;
      const found: number[] = [];
      do {
        const page = await listAuditEvents(long, { ...request, afterPosition }, ROOT_ACCESS);
        found.push(...page.events.map(({ position }) => position));
        afterPosition = page.nextAfterPosition;
      } while (afterPosition !== null);
      expect(found.at(-1)).toBe(wanted);
      expect(found).toHaveLength(2);
    }
  });

  it.each([
    { afterPosition: -1, limit: 10 },
    { afterPosition: 0.5, limit: 10 },
    { afterPosition: 0, limit: 0 },
    { afterPosition: 0, limit: 501 },
    { afterPosition: 0, limit: Number.NaN },
  ])('refuses $afterPosition and $limit', async (page) => {
    await expect(listAuditEvents(store, { ...OLDEST, ...page }, ROOT_ACCESS)).rejects.toMatchObject(
      {
        code: 'invalid-parameter',
      },
    );
  });
});

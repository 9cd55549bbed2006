import { beforeAll, describe, expect, it } from 'vitest';
import { listAuditEvents } from '../../src/audit/list.ts';
import type { AuditStore } from '../../src/audit/store.ts';
import { createAuditStore } from '../../src/store/audit.ts';
import { NOW_MS, openDatabase, ROOT_ACCESS } from '../store/database.ts';
import { addEvents } from './record.ts';

describe('listAuditEvents', () => {
  let store: AuditStore;
  beforeAll(async () => {
    const db = await openDatabase();
    await addEvents(db, 5);
    store = createAuditStore(db);
  });

  it('pages through the record, oldest first', async () => {
    const first = await listAuditEvents(store, { afterPosition: 0, limit: 3 }, ROOT_ACCESS);
    expect(first.events.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(first.nextAfterPosition).toBe(3);
    const second = await listAuditEvents(store, { afterPosition: 3, limit: 2 }, ROOT_ACCESS);
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

  it.each([
    { afterPosition: -1, limit: 10 },
    { afterPosition: 0.5, limit: 10 },
    { afterPosition: 0, limit: 0 },
    { afterPosition: 0, limit: 501 },
    { afterPosition: 0, limit: Number.NaN },
  ])('refuses $afterPosition and $limit', async (page) => {
    await expect(listAuditEvents(store, page, ROOT_ACCESS)).rejects.toMatchObject({
      code: 'invalid-parameter',
    });
  });
});

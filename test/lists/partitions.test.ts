import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  createPartitions,
  PARTITION_SLOTS,
  type PartitionStore,
} from '../../src/lists/partitions.ts';
import { createPartitionStore } from '../../src/store/partition.ts';
import { instrument, openDatabaseWithAuthority } from '../store/database.ts';

const keepAlive = () => {};

/** Reserves slots as D1 does, after `pause`. */
function makeSlots(reserved = 0, pause: () => Promise<void> = async () => {}) {
  const counts: number[] = [];
  const store: PartitionStore = {
    async reserveSlots(_, count) {
      counts.push(count);
      await pause();
      const first = reserved;
      reserved += count;
      return first;
    },
  };
  return { store, counts };
}

function countBy(values: readonly (number | null)[]): Map<number | null, number> {
  const counts = new Map<number | null, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

describe('createPartitions', () => {
  it('never exceeds the slots of a partition, with concurrent isolates', async () => {
    const plan = fc.record({
      reserved: fc.integer({ min: PARTITION_SLOTS - 3000, max: 2 * PARTITION_SLOTS + 3000 }),
      // The sizes of an isolate's bursts of issuance.
      isolates: fc.array(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 6 }), {
        minLength: 1,
        maxLength: 5,
      }),
    });
    await fc.assert(
      fc.asyncProperty(plan, fc.scheduler(), async ({ reserved, isolates }, scheduler) => {
        const { store } = makeSlots(reserved, () => scheduler.schedule(Promise.resolve()));
        const taken: (number | null)[] = [];
        const running = isolates.map(async (bursts) => {
          const take = createPartitions({ store, keepAlive });
          for (const burst of bursts) {
            taken.push(...(await Promise.all(Array.from({ length: burst }, () => take('a')))));
          }
        });
        await scheduler.waitFor(Promise.all(running));
        const wished = isolates.flat().reduce((sum, burst) => sum + burst, 0);
        expect(taken).toHaveLength(wished);
        for (const [partition, count] of countBy(taken)) {
          if (partition === null) throw new Error('no partition');
          const firstSlot = Math.max(reserved, partition * PARTITION_SLOTS);
          expect(count).toBeLessThanOrEqual((partition + 1) * PARTITION_SLOTS - firstSlot);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('fills a partition before it begins the next', async () => {
    const take = createPartitions({ store: makeSlots().store, keepAlive });
    const taken: (number | null)[] = [];
    for (let i = 0; i < PARTITION_SLOTS + 1; i++) taken.push(await take('a'));
    expect(countBy(taken)).toEqual(
      new Map([
        [0, PARTITION_SLOTS],
        [1, 1],
      ]),
    );
  });

  it('makes one reservation for all waiting requests, larger each time', async () => {
    const { store, counts } = makeSlots(0, () => scheduler.wait(1));
    const take = createPartitions({ store, keepAlive });
    await Promise.all(Array.from({ length: 300 }, () => take('a')));
    expect(counts.length).toBeLessThanOrEqual(3);
    for (let i = 0; i < 5000; i++) await take('a');
    expect(Math.max(...counts)).toBe(1000);
    expect(counts.length).toBeLessThan(15);
  });

  it('keeps reservations alive, and keeps authorities separate', async () => {
    const kept: Promise<unknown>[] = [];
    const { store, counts } = makeSlots();
    const take = createPartitions({ store, keepAlive: (promise) => kept.push(promise) });
    await Promise.all([take('a'), take('b'), take('a'), take('b')]);
    expect(counts).toEqual([16, 16]);
    expect(kept).toHaveLength(2);
  });

  it('fails for all waiting requests if the database fails, and recovers', async () => {
    const { store } = makeSlots();
    let broken = true;
    const take = createPartitions({
      keepAlive,
      store: {
        async reserveSlots(id, count) {
          if (broken) throw new Error('broken');
          return store.reserveSlots(id, count);
        },
      },
    });
    const failed = await Promise.allSettled([take('a'), take('a')]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    broken = false;
    expect(await take('a')).toBe(0);
  });

  it('limits the wait of each request, and replaces a reservation that never ends', async () => {
    vi.useFakeTimers();
    try {
      const { store } = makeSlots();
      let hangs = true;
      const take = createPartitions({
        keepAlive,
        store: {
          reserveSlots: (id, count) =>
            hangs ? new Promise(() => {}) : store.reserveSlots(id, count),
        },
      });
      const first = expect(take('a')).rejects.toMatchObject({ code: 'record-unavailable' });
      await vi.advanceTimersByTimeAsync(4000);
      const second = expect(take('a')).rejects.toMatchObject({ code: 'record-unavailable' });
      await vi.advanceTimersByTimeAsync(1000);
      await first;
      hangs = false;
      expect(await take('a')).toBe(0);
      await vi.advanceTimersByTimeAsync(4000);
      await second;
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('createPartitionStore', () => {
  it('reserves slots only once, in one round trip', async () => {
    const { db, calls } = instrument(await openDatabaseWithAuthority());
    const store = createPartitionStore(db);
    const firsts = await Promise.all([16, 5, 1000].map((n) => store.reserveSlots('default', n)));
    expect(firsts).toEqual([0, 16, 21]);
    expect(await store.reserveSlots('default', 1)).toBe(1021);
    expect(calls.count).toBe(4);
  });

  it('returns null for an unknown authority, and throws if D1 fails', async () => {
    const { db, failAt } = instrument(await openDatabaseWithAuthority());
    const store = createPartitionStore(db);
    expect(await store.reserveSlots('other', 16)).toBeNull();
    failAt(1, 'after');
    await expect(store.reserveSlots('default', 16)).rejects.toMatchObject({
      code: 'record-unavailable',
    });
    expect(await store.reserveSlots('default', 16)).toBe(16);
  });
});

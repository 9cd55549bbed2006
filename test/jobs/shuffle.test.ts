import { expect, it } from 'vitest';
import { shuffle } from '../../src/jobs/shuffle.ts';

/** All orders that random numbers lead to. */
function listOrders(items: readonly string[]): string[] {
  const orders: string[] = [];
  const count = 12;
  for (let first = 0; first < count; first++) {
    for (let second = 0; second < count; second++) {
      for (let third = 0; third < count; third++) {
        const numbers = [first, second, third].map((each) => each / count);
        orders.push(shuffle(items, () => numbers.shift() ?? 0).join(''));
      }
    }
  }
  return orders;
}

it('returns every order of the items, each as often as any other', () => {
  const counts = new Map<string, number>();
  for (const order of listOrders(['a', 'b', 'c'])) counts.set(order, (counts.get(order) ?? 0) + 1);
  expect([...counts.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  expect(new Set(counts.values()).size).toBe(1);
});

it('returns no items for none, and leaves the list as it is', () => {
  expect(shuffle([], Math.random)).toEqual([]);
  const items = Object.freeze([1, 2, 3]);
  expect(shuffle(items, Math.random).sort()).toEqual([1, 2, 3]);
});

import { describe, expect, it } from 'vitest';
import { createRandom, pickOne, pickWeighted } from '../../../tools/mix/random.ts';

describe('createRandom', () => {
  it('returns the same numbers for the same seed only', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, createRandom(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('is uniform between 0 and 1', () => {
    const random = createRandom(1);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let drawn = 0; drawn < 10_000; drawn++) {
      const at = Math.floor(random() * 10);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    expect(counts).toHaveLength(10);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('pickWeighted', () => {
  it.each([
    [0, 0],
    [0.24, 0],
    [0.26, 2],
    [0.999, 2],
    [1, 2],
  ])('maps %s to index %s of the weights 1, 0, 3, 0', (value, index) => {
    expect(pickWeighted(() => value, [1, 0, 3, 0])).toBe(index);
  });
});

describe('pickOne', () => {
  it('returns an element, or null if there is none', () => {
    expect(pickOne(() => 0.99, ['a', 'b'])).toBe('b');
    expect(pickOne(() => 0, [])).toBeUndefined();
  });
});

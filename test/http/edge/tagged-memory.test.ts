import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTaggedMemory, type TaggedMemory } from '../../../src/http/edge/tagged-memory.ts';

const KEPT = { tags: ['a', 'all'], bytes: 1, seconds: 60 };

describe('createTaggedMemory', () => {
  let nowMs: number;
  let released: string[];
  let memory: TaggedMemory<string>;

  beforeEach(() => {
    nowMs = 1_000_000;
    released = [];
    memory = createTaggedMemory({
      maxEntries: 3,
      maxBytes: 100,
      clock: () => nowMs,
      release: (value) => released.push(value),
    });
  });

  const store = (key: string, kept: Partial<typeof KEPT> = {}, mark = memory.begin()) =>
    memory.store(key, `value of ${key}`, { ...KEPT, ...kept }, mark);

  it('keeps a value until its time is over', () => {
    store('1');
    nowMs += 59_999;
    expect(memory.find('1')).toBe('value of 1');
    nowMs += 1;
    expect(memory.find('1')).toBe(null);
    expect(released).toEqual(['value of 1']);
  });

  it('does not keep what a clock has stored that was ahead', () => {
    store('1');
    nowMs -= 1;
    expect(memory.find('1')).toBe(null);
  });

  it('removes what has a purged tag, and nothing else', () => {
    store('1', { tags: ['a', 'all'] });
    store('2', { tags: ['b', 'all'] });
    store('3', { tags: ['c'] });
    expect(memory.purge(['a', 'none'])).toEqual(['1']);
    expect(['1', '2', '3'].map((key) => memory.find(key) !== null)).toEqual([false, true, true]);
    expect(memory.purge(['all', 'c'])).toEqual(['2', '3']);
  });

  it('does not keep what was read before a purge of one of its tags', () => {
    const mark = memory.begin();
    memory.purge(['all']);
    store('1', {}, mark);
    store('2', { tags: ['b'] }, mark);
    expect([memory.find('1'), memory.find('2')]).toEqual([null, 'value of 2']);
    expect(released).toEqual(['value of 1']);
    store('1');
    expect(memory.find('1')).toBe('value of 1');
  });

  it('replaces an older value by none if the new one was read before a purge', () => {
    store('1', { tags: ['b'] });
    const mark = memory.begin();
    memory.purge(['a']);
    store('1', { tags: ['a'] }, mark);
    expect(memory.find('1')).toBe(null);
  });

  it('keeps nothing that was read before more purges than it remembers', () => {
    const mark = memory.begin();
    memory.purge(['a']);
    for (let i = 0; i < 1000; i++) memory.purge([`other-${i}`]);
    store('1', {}, mark);
    store('2', { tags: ['b'] }, mark);
    expect([memory.find('1'), memory.find('2')]).toEqual([null, null]);
    store('1');
    expect(memory.find('1')).toBe('value of 1');
  });

  it('makes room by removing what was not used for longest', () => {
    for (const key of ['1', '2', '3']) store(key);
    memory.find('1');
    store('4');
    expect(released).toEqual(['value of 2']);
    store('5', { bytes: 99 });
    expect(released).toEqual(['value of 2', 'value of 3', 'value of 1']);
    expect([memory.find('4'), memory.find('5')]).toEqual(['value of 4', 'value of 5']);
  });

  it('does not keep what is larger than all its room', () => {
    store('1', { bytes: 101 });
    expect(memory.find('1')).toBe(null);
    expect(released).toEqual(['value of 1']);
  });

  it('releases each value once, and finds what a plain list would find', () => {
    const TAGS = ['a', 'b', 'c'];
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('begin' as const) }),
        fc.record({
          kind: fc.constant('store' as const),
          key: fc.constantFrom('1', '2', '3', '4'),
          tags: fc.uniqueArray(fc.constantFrom(...TAGS), { minLength: 1 }),
        }),
        fc.record({ kind: fc.constant('purge' as const), tags: fc.subarray(TAGS) }),
      ),
    );
    fc.assert(
      fc.property(steps, (list) => {
        const gone: number[] = [];
        const tried = createTaggedMemory<number>({
          ...{ maxEntries: 100, maxBytes: 100, clock: () => 0 },
          release: (value) => gone.push(value),
        });
        const model = new Map<string, { value: number; tags: string[] }>();
        let purgedSince = new Set<string>();
        let mark = tried.begin();
        let stored = 0;
        for (const step of list) {
          if (step.kind === 'begin') {
            mark = tried.begin();
            purgedSince = new Set();
          } else if (step.kind === 'purge') {
            tried.purge(step.tags);
            for (const tag of step.tags) purgedSince.add(tag);
            for (const [key, { tags }] of model) {
              if (tags.some((tag) => step.tags.includes(tag))) model.delete(key);
            }
          } else {
            const { key, tags } = step;
            const value = stored++;
            tried.store(key, value, { tags, bytes: 1, seconds: 1 }, mark);
            model.delete(key);
            if (!tags.some((tag) => purgedSince.has(tag))) model.set(key, { value, tags });
          }
        }
        for (const key of ['1', '2', '3', '4']) {
          expect(tried.find(key)).toBe(model.get(key)?.value ?? null);
        }
        expect(new Set(gone).size).toBe(gone.length);
        expect(gone.length).toBe(stored - model.size);
      }),
    );
  });
});

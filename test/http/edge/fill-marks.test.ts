import { describe, expect, it } from 'vitest';
import { createFillMarks } from '../../../src/http/edge/fill-marks.ts';

describe('createFillMarks', () => {
  it('knows an entry as stale if its key was purged after it was begun', () => {
    const marks = createFillMarks();
    marks.markStale('a');
    const mark = marks.begin();
    expect(marks.isStale('a', mark)).toBe(false);
    marks.markStale('b');
    expect(marks.isStale('a', mark)).toBe(false);
    marks.markStale('a');
    expect(marks.isStale('a', mark)).toBe(true);
    expect(marks.isStale('a', marks.begin())).toBe(false);
  });

  it('takes entries of other isolates and without a mark as they are', () => {
    const [marks, others] = [createFillMarks(), createFillMarks()];
    const mark = others.begin();
    marks.begin();
    marks.markStale('a');
    expect(marks.isStale('a', mark)).toBe(false);
    expect(marks.isStale('a', null)).toBe(false);
  });

  it('evicts the oldest purges', () => {
    const marks = createFillMarks();
    const mark = marks.begin();
    for (let n = 0; n <= 10_000; n++) marks.markStale(`${n}`);
    expect(marks.isStale('0', mark)).toBe(false);
    expect(marks.isStale('1', mark)).toBe(true);
  });
});

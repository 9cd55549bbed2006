import { describe, expect, it } from 'vitest';
import { createFillMarks } from '../../../src/http/edge/fill-marks.ts';

describe('createFillMarks', () => {
  it('knows an entry as overtaken if its key was invalidated after it was begun', () => {
    const marks = createFillMarks();
    marks.invalidate('a');
    const mark = marks.begin();
    expect(marks.isOvertaken('a', mark)).toBe(false);
    marks.invalidate('b');
    expect(marks.isOvertaken('a', mark)).toBe(false);
    marks.invalidate('a');
    expect(marks.isOvertaken('a', mark)).toBe(true);
    expect(marks.isOvertaken('a', marks.begin())).toBe(false);
  });

  it('takes entries of other isolates and without a mark as they are', () => {
    const [marks, others] = [createFillMarks(), createFillMarks()];
    const mark = others.begin();
    marks.begin();
    marks.invalidate('a');
    expect(marks.isOvertaken('a', mark)).toBe(false);
    expect(marks.isOvertaken('a', null)).toBe(false);
  });

  it('evicts the invalidations of longest ago', () => {
    const marks = createFillMarks();
    const mark = marks.begin();
    for (let n = 0; n <= 10_000; n++) marks.invalidate(`${n}`);
    expect(marks.isOvertaken('0', mark)).toBe(false);
    expect(marks.isOvertaken('1', mark)).toBe(true);
  });
});

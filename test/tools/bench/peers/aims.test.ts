import { describe, expect, it } from 'vitest';
import { atLeast, below, toAimTable } from '../../../../tools/bench/peers/aims.ts';
import { formatTable } from '../../../../tools/bench/peers/table.ts';

describe('toAimTable', () => {
  it('tells which aims are reached', () => {
    const aims = [
      atLeast('rate', 1.5, 1.5),
      atLeast('rate', 1.5, 1.49),
      below('memory', 250, 249, 'MB'),
      below('memory', 250, 250, 'MB'),
    ];
    expect(toAimTable(aims).rows).toEqual([
      ['rate', 'at least 1.5', '1.50', 'reached'],
      ['rate', 'at least 1.5', '1.49', '**missed**'],
      ['memory', 'below 250 MB', '249 MB', 'reached'],
      ['memory', 'below 250 MB', '250 MB', '**missed**'],
    ]);
  });

  it('does not reach an aim that was not measured', () => {
    const [row] = toAimTable([atLeast('rate', 1, Number.NaN)]).rows;
    expect(row?.[3]).toBe('**missed**');
  });
});

describe('formatTable', () => {
  it('writes Markdown', () => {
    const table = { title: 'Title', header: ['a', 'b'], rows: [['1', '2']], notes: ['c: skipped'] };
    expect(formatTable(table)).toBe('## Title\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nc: skipped');
  });
});

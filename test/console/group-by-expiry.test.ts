import { describe, expect, it } from 'vitest';
import { type Expiring, groupByExpiry } from '../../src/console/pages/expiry/group-by-expiry.ts';

const NOW_MS = Date.UTC(2026, 10, 26);
const DAY_MS = 86_400_000;

function expiring(id: string, days: number): Expiring {
  const notAfter = new Date(NOW_MS + days * DAY_MS).toISOString();
  return { kind: 'certificate', id, name: id, href: '#/', notAfter };
}

describe('groupByExpiry', () => {
  it('puts the most urgent first and leaves out what expires much later', () => {
    const all = [
      expiring('later', 90),
      expiring('month', 29.9),
      expiring('gone', -1),
      expiring('today', 0.5),
      expiring('week', 6),
      expiring('weeks', 7),
      expiring('now', 0),
    ];
    const groups = groupByExpiry(all, NOW_MS);
    expect(groups.map(({ group, items }) => [group, items.map(({ id }) => id)])).toEqual([
      ['expired', ['gone']],
      ['days1', ['now', 'today']],
      ['days7', ['week']],
      ['days14', ['weeks']],
      ['days30', ['month']],
    ]);
  });
});

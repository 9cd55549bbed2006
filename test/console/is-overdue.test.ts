import { expect, it } from 'vitest';
import { isOverdue } from '../../src/console/pages/health/is-overdue.ts';

it('finds a CRL overdue from its next update on', () => {
  const nowMs = Date.parse('2026-11-26T12:00:00Z');
  expect(isOverdue({ nextUpdate: '2026-11-26T12:00:01Z' }, nowMs)).toBe(false);
  expect(isOverdue({ nextUpdate: '2026-11-26T12:00:00Z' }, nowMs)).toBe(true);
  expect(isOverdue({ nextUpdate: null }, nowMs)).toBe(false);
});

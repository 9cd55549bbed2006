import type { ListState } from '../authorities/read-list.ts';

/** Whether clients no longer accept a CRL. Nothing says when one without a next update is too old. */
export function isOverdue({ nextUpdate }: Pick<ListState, 'nextUpdate'>, nowMs: number): boolean {
  return nextUpdate !== null && Date.parse(nextUpdate) <= nowMs;
}

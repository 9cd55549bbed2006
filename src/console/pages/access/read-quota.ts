import { text } from './texts.ts';

/** Returns a quota as it was typed; null, which stands for the default, if nothing was. */
export function readQuota(typed: string): number | null {
  const trimmed = typed.trim();
  if (trimmed === '') return null;
  if (!/^\d{1,9}$/.test(trimmed)) throw new Error(text('wrongQuota'));
  return Number(trimmed);
}

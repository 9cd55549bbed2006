import { SignetError } from '../../errors.ts';

/**
 * A moment in RFC 3339 form as Unix seconds; fractions of a second are cut off.
 * @throws SignetError invalid-parameter
 */
export function parseDateTime(text: string, field: string): number {
  const match =
    /^(\d{4}-\d{2}-\d{2})[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/.exec(text);
  const day = Date.parse(`${match?.[1]}T00:00:00Z`);
  const moment = match === null ? Number.NaN : Date.parse(text.toUpperCase());
  // Some days that no calendar has are rolled over instead of refused.
  const isRealDay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(match?.[1] ?? '-');
  if (Number.isNaN(moment) || !isRealDay) {
    throw new SignetError(
      'invalid-parameter',
      `'${field}' must be a time like 2026-01-31T12:00:00Z (RFC 3339).`,
      { field },
    );
  }
  return Math.floor(moment / 1000);
}

/** Unix seconds in RFC 3339 form, to the second. */
export function formatDateTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

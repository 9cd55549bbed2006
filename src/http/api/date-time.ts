import { SignetError } from '../../errors.ts';

/** What a moment in a request must be. */
export const DATE_TIME_FORM = 'a time like 2026-01-31T12:00:00Z (RFC 3339)';

/** A moment in RFC 3339 form as Unix seconds, fractions cut off; null where it is none. */
export function readDateTime(text: string): number | null {
  const match =
    /^(\d{4}-\d{2}-\d{2})[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/.exec(text);
  const day = Date.parse(`${match?.[1]}T00:00:00Z`);
  const moment = match === null ? Number.NaN : Date.parse(text.toUpperCase());
  // Some days that no calendar has are rolled over instead of refused.
  const isRealDay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(match?.[1] ?? '-');
  return Number.isNaN(moment) || !isRealDay ? null : Math.floor(moment / 1000);
}

/** The same of a field. @throws SignetError invalid-parameter */
export function parseDateTime(text: string, field: string): number {
  const seconds = readDateTime(text);
  if (seconds !== null) return seconds;
  throw new SignetError('invalid-parameter', `'${field}' must be ${DATE_TIME_FORM}.`, { field });
}

/** Unix seconds in RFC 3339 form, to the second. */
export function formatDateTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** The same of Unix ms, cut off to the second. */
export function formatDateTimeMs(ms: number): string {
  return formatDateTime(Math.floor(ms / 1000));
}

export function formatDateTimeOrNull(seconds: number | null): string | null {
  return seconds === null ? null : formatDateTime(seconds);
}

import { SignetError } from '../../../errors.ts';

/** Completes "must be …" in messages. */
export const DATE_TIME_FORM = 'a time like 2026-01-31T12:00:00Z (RFC 3339)';

/** Parses an RFC 3339 time. Returns Unix seconds without the fraction, or null. */
export function readDateTime(text: string): number | null {
  const match =
    /^(\d{4}-\d{2}-\d{2})[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/.exec(text);
  const day = Date.parse(`${match?.[1]}T00:00:00Z`);
  const moment = match === null ? Number.NaN : Date.parse(text.toUpperCase());
  // Date.parse takes some days that do not exist, such as February 30, for later days.
  const isRealDay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(match?.[1] ?? '-');
  return Number.isNaN(moment) || !isRealDay ? null : Math.floor(moment / 1000);
}

/** Like readDateTime, for a field. @throws SignetError invalid-parameter */
export function parseDateTime(text: string, field: string): number {
  const seconds = readDateTime(text);
  if (seconds !== null) return seconds;
  throw new SignetError('invalid-parameter', `'${field}' must be ${DATE_TIME_FORM}.`, { field });
}

/** Formats Unix seconds as an RFC 3339 time. */
export function formatDateTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** Formats Unix ms as an RFC 3339 time without the fraction. */
export function formatDateTimeMs(ms: number): string {
  return formatDateTime(Math.floor(ms / 1000));
}

export function formatDateTimeOrNull(seconds: number | null): string | null {
  return seconds === null ? null : formatDateTime(seconds);
}

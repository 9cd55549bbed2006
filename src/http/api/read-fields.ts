import { SignetError } from '../../errors.ts';
import { type JsonObject, readOptionalText } from '../json.ts';
import { parseDateTime } from './date-time.ts';

/** @throws SignetError missing-parameter where there is nothing to change */
export function requireChanges(changes: object, fields: readonly string[]): void {
  if (Object.keys(changes).length > 0) return;
  throw new SignetError(
    'missing-parameter',
    `There is nothing to change: give one of ${fields.join(', ')}.`,
  );
}

/** @throws SignetError missing-parameter, invalid-parameter */
export function readText(object: JsonObject, field: string): string {
  const text = readOptionalText(object, field);
  if (text !== null) return text;
  throw new SignetError('missing-parameter', `'${field}' is missing.`, { field });
}

/** The flag in `field`, or undefined where the field is not there. @throws SignetError invalid-parameter */
export function readOptionalFlag(object: JsonObject, field: string): boolean | undefined {
  const value = readField(object, field);
  if (value === undefined || typeof value === 'boolean') return value;
  throw refuse(field, 'true or false');
}

/** A number, null, or undefined where the field is not there. @throws SignetError invalid-parameter */
export function readNullableNumber(object: JsonObject, field: string): number | null | undefined {
  const value = readField(object, field);
  if (value === undefined || value === null || typeof value === 'number') return value;
  throw refuse(field, 'a number or null');
}

/** A moment in RFC 3339 form as Unix seconds, null, or undefined. @throws SignetError invalid-parameter */
export function readNullableDateTime(object: JsonObject, field: string): number | null | undefined {
  const value = readField(object, field);
  if (value === undefined || value === null) return value;
  if (typeof value === 'string') return parseDateTime(value, field);
  throw refuse(field, 'a time like 2026-01-31T12:00:00Z (RFC 3339), or null');
}

export function readField(object: JsonObject, field: string): unknown {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}

function refuse(field: string, what: string): SignetError {
  return new SignetError('invalid-parameter', `'${field}' must be ${what}.`, { field });
}

import { SignetError } from '../errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws SignetError malformed-request if `body` is not a JSON object in UTF-8 */
export function decodeJsonObject(body: Uint8Array): JsonObject {
  if (body.length === 0) {
    throw new SignetError('malformed-request', 'The body is empty. Send a JSON object: {…}.');
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    throw new SignetError('malformed-request', 'The body is not JSON in UTF-8.');
  }
  if (!isJsonObject(value)) {
    throw new SignetError('malformed-request', 'The body must be a JSON object: {…}.');
  }
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws SignetError invalid-parameter for the first field that is not in `known` */
export function refuseUnknownFields(object: object, known: readonly string[]): void {
  const unknown = Object.keys(object).find((field) => !known.includes(field));
  if (unknown === undefined) return;
  throw new SignetError(
    'invalid-parameter',
    `There is no field '${unknown.slice(0, 40)}' here. Use ${known.join(', ')}.`,
    { field: unknown.slice(0, 40) },
  );
}

/** Returns the text in `field`, or null without the field. @throws SignetError invalid-parameter */
export function readOptionalText(object: JsonObject, field: string): string | null {
  const value = Object.hasOwn(object, field) ? object[field] : undefined;
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  throw new SignetError(
    'invalid-parameter',
    `'${field}' must be a string, not ${describeType(value)}.`,
    { field },
  );
}

/** Completes the message "… must be a string, not …". */
export function describeType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

import { SignetError } from '../../errors.ts';
import { findDuplicateField } from './duplicate-field.ts';
import { inappropriateJson, malformedJson } from './errors.ts';

/** The fields of a request. */
export interface Fields {
  /** As the client wrote them. */
  readonly names: readonly string[];
  /** By their names in lower case, without fields that are null. */
  readonly values: ReadonlyMap<string, unknown>;
}

/**
 * Decodes the JSON object of a request. A field that is given twice is refused, also if its two names
 * differ only in case, because readers would disagree about its value.
 * @throws SignetError malformed-request
 */
export function decodeFields(body: Uint8Array): Fields {
  const json = decodeText(body);
  const object = decodeObject(json);
  const duplicate = findDuplicateField(json);
  if (duplicate !== null) throw malformedJson(`The field '${shorten(duplicate)}' is given twice.`);
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(object)) {
    const key = name.toLowerCase();
    if (value === null) continue;
    if (values.has(key)) {
      throw inappropriateJson(`The field '${shorten(name)}' is given in two spellings.`);
    }
    values.set(key, value);
  }
  return { names: Object.keys(object), values };
}

function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body);
  } catch {
    throw new SignetError('malformed-request', 'The body is not UTF-8.');
  }
}

function decodeObject(json: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw malformedJson('The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw inappropriateJson('The body must be a JSON object: {…}.');
  }
  return value;
}

/** @throws SignetError malformed-request if it is missing or not a string */
export function requireText(fields: Fields, name: string): string {
  const text = readText(fields, name);
  if (text === null) throw inappropriateJson(`The field '${name}' is missing.`, name);
  return text;
}

/** Null if it is missing. @throws SignetError malformed-request if it is not a string */
export function readText({ values }: Fields, name: string): string | null {
  const value = values.get(name.toLowerCase());
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  throw inappropriateJson(`The field '${name}' must be a string.`, name);
}

/** Null if it is missing. @throws SignetError malformed-request if it is not a number */
export function readNumber({ values }: Fields, name: string): number | null {
  const value = values.get(name.toLowerCase());
  if (value === undefined) return null;
  if (typeof value === 'number') return value;
  throw inappropriateJson(`The field '${name}' must be a number.`, name);
}

function shorten(name: string): string {
  return name.slice(0, 40);
}

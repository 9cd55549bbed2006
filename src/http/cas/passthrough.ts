import { SignetError } from '../../errors.ts';
import type { SubjectFields } from '../../x509/names/subject-fields.ts';
import type { Parameters } from './authentication/acs-parameters.ts';
import { unflatten } from './unflatten.ts';

/** ApiPassthrough of a subordinate CA. Null for parts that are not given. */
export interface Passthrough {
  readonly subject: SubjectFields | null;
  readonly pathLenConstraint: number | null;
  /** Names or OIDs. */
  readonly extendedKeyUsages: readonly string[] | null;
}

const NAME = 'ApiPassthrough';
/** Several times the size of all its fields. */
const MAX_CHARACTERS = 16 * 1024;
const MAX_USAGES = 100;

/**
 * Reads ApiPassthrough, as one JSON text or flattened into parameters such as
 * `ApiPassthrough.Subject.Country`. Unknown fields are refused: a certificate must not lack what was
 * asked for.
 * @throws SignetError invalid-parameter
 */
export function readPassthrough(parameters: Parameters): Passthrough {
  const all = openPassthrough(parameters);
  const extensions = readObject(all.Extensions ?? {}, `${NAME}.Extensions`, [
    'PathLenConstraint',
    'ExtendedKeyUsages',
  ]);
  return {
    subject: all.Subject === undefined ? null : readSubject(all.Subject),
    pathLenConstraint: readPathLength(extensions.PathLenConstraint),
    extendedKeyUsages: readUsages(extensions.ExtendedKeyUsages),
  };
}

/** Returns its fields Subject and Extensions, not checked yet. @throws SignetError invalid-parameter */
export function openPassthrough(parameters: Parameters): Readonly<Record<string, unknown>> {
  const text = parameters.get(NAME) ?? '';
  const flattened = unflatten(parameters, NAME);
  if (text !== '' && flattened !== null) {
    throw refuse('It was sent as JSON and flattened. Send it once');
  }
  return readObject(text === '' ? (flattened ?? {}) : parseJson(text), NAME, [
    'Subject',
    'Extensions',
  ]);
}

function parseJson(text: string): unknown {
  if (text.length > MAX_CHARACTERS) {
    throw refuse(`It is longer than ${MAX_CHARACTERS} characters`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw refuse('It is not JSON. Send an object with Subject, Extensions or both');
  }
}

const SUBJECT_FIELDS = [
  'Country',
  'State',
  'Locality',
  'Organization',
  'OrganizationUnit',
  'CommonName',
] as const satisfies readonly (keyof SubjectFields)[];

export function readSubject(value: unknown): SubjectFields {
  const fields = readObject(value, `${NAME}.Subject`, SUBJECT_FIELDS);
  const subject: Partial<Record<keyof SubjectFields, string>> = {};
  for (const name of SUBJECT_FIELDS) {
    const text = fields[name];
    if (text === undefined) continue;
    if (typeof text !== 'string') throw refuse(`${NAME}.Subject.${name} must be a string`);
    subject[name] = text;
  }
  return subject;
}

/** A number of JSON, or the text of a parameter. */
function readPathLength(value: unknown): number | null {
  if (value === undefined) return null;
  const number = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  throw refuse(`${NAME}.Extensions.PathLenConstraint must be a whole number, 0 or more`);
}

export function readUsages(value: unknown): readonly string[] | null {
  if (value === undefined) return null;
  const name = `${NAME}.Extensions.ExtendedKeyUsages`;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_USAGES) {
    throw refuse(`${name} must be a list of 1 to ${MAX_USAGES} names or object identifiers`);
  }
  return value.map((usage: unknown) => {
    if (typeof usage === 'string') return usage;
    throw refuse(`${name} must contain only strings`);
  });
}

/** A boolean of JSON, or its text in any case: Python's SDK writes `True`. */
export function readBoolean(value: unknown, name: string): boolean {
  const text = String(value).toLowerCase();
  const isScalar = typeof value === 'boolean' || typeof value === 'string';
  if (isScalar && text === 'true') return true;
  if (isScalar && text === 'false') return false;
  throw refuse(`${name} must be true or false`);
}

/** Returns the fields of an object, without those that are null. */
export function readObject(
  value: unknown,
  name: string,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(`${name} must be an object`);
  }
  const entries: [string, unknown][] = Object.entries(value);
  if (entries.some(([field]) => !known.includes(field))) {
    throw refuse(`${name} has an unknown field. Use ${known.join(', ')}`);
  }
  return Object.fromEntries(entries.filter(([, field]) => field !== null));
}

export function refuse(reason: string): SignetError {
  return new SignetError('invalid-parameter', `${reason}.`, { field: NAME });
}

import { SignetError } from '../../errors.ts';
import type { SubjectFields } from '../../x509/names/subject-fields.ts';
import type { Parameters } from './authentication/acs-parameters.ts';
import { unflatten } from './unflatten.ts';

/** What stands in ApiPassthrough; null for what does not. */
export interface Passthrough {
  readonly subject: SubjectFields | null;
  readonly pathLenConstraint: number | null;
  /** Names or OIDs. */
  readonly extendedKeyUsages: readonly string[] | null;
}

const NAME = 'ApiPassthrough';
/** Several times what all its fields can hold; nothing longer is looked at. */
const MAX_CHARACTERS = 16 * 1024;
const MAX_USAGES = 100;

/**
 * Reads ApiPassthrough, whether it came as one JSON text or flattened into parameters such as
 * `ApiPassthrough.Subject.Country`. What it does not know it refuses: a certificate must not lack
 * what was asked for.
 * @throws SignetError invalid-parameter, saying which part is wrong
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

/** Its fields, of which Subject and Extensions alone are known. @throws SignetError invalid-parameter */
export function openPassthrough(parameters: Parameters): Readonly<Record<string, unknown>> {
  const text = parameters.get(NAME) ?? '';
  const flattened = unflatten(parameters, NAME);
  if (text !== '' && flattened !== null) {
    throw refuse('It came as JSON and flattened: send it once');
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
    throw refuse('It is not JSON: send an object with Subject, Extensions or both');
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

/** As JSON has it, or as a parameter has it. */
function readPathLength(value: unknown): number | null {
  if (value === undefined) return null;
  const number = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  throw refuse(`${NAME}.Extensions.PathLenConstraint must be a whole number from 0 on`);
}

export function readUsages(value: unknown): readonly string[] | null {
  if (value === undefined) return null;
  const name = `${NAME}.Extensions.ExtendedKeyUsages`;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_USAGES) {
    throw refuse(`${name} must be a list of 1 to ${MAX_USAGES} names or object identifiers`);
  }
  return value.map((usage: unknown) => {
    if (typeof usage === 'string') return usage;
    throw refuse(`${name} must hold strings alone`);
  });
}

/** The fields of an object by name; null stands for what is not there. */
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
    throw refuse(`${name} has a field that is not known here: use ${known.join(', ')}`);
  }
  return Object.fromEntries(entries.filter(([, field]) => field !== null));
}

/** The refusal of what stands in ApiPassthrough. */
export function refuse(reason: string): SignetError {
  return new SignetError('invalid-parameter', `${reason}.`, { field: NAME });
}

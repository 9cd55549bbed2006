import { SignetError } from '../../../errors.ts';

/** Parameters by name, decoded. */
export type Parameters = ReadonlyMap<string, string>;

/** @throws SignetError missing-parameter, also for an empty one */
export function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name) ?? '';
  if (value !== '') return value;
  throw new SignetError('missing-parameter', `${name} is mandatory for this action.`, {
    field: name,
  });
}

/** Percent-encodes all but the unreserved characters of RFC 3986 section 2.3. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Returns `enc(name)=enc(value)`, joined by `&`, sorted by name. */
export function canonicalParameters(parameters: Parameters): string {
  // Sorts by code units: for ASCII names that is the order of bytes.
  return [...parameters.keys()]
    .sort()
    .map((name) => `${encodeStrictly(name)}=${encodeStrictly(parameters.get(name) ?? '')}`)
    .join('&');
}

/**
 * Decodes the parameters of a query or of a form (application/x-www-form-urlencoded): `+` is a space.
 * @throws SignetError malformed-request; invalid-parameter for one that is given twice
 */
export function decodeParameters(text: string): Parameters {
  const parameters = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (parameters.has(name)) throw refuse(name, 'is given twice. Give it once');
    parameters.set(name, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return parameters;
}

/**
 * Merges the parameters of query and form.
 * @throws SignetError invalid-parameter for one that has two values
 */
export function mergeParameters(query: Parameters, form: Parameters): Parameters {
  const merged = new Map(query);
  for (const [name, value] of form) {
    if ((merged.get(name) ?? value) !== value) {
      throw refuse(name, 'has one value in the query and another in the body. Give it once');
    }
    merged.set(name, value);
  }
  return merged;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new SignetError(
      'malformed-request',
      'The parameters are not percent-encoded UTF-8. Encode every byte except A-Z a-z 0-9 - _ . ~ as %XX.',
    );
  }
}

/** The message repeats a client's name only if it looks like that of a parameter. */
function refuse(name: string, reason: string): SignetError {
  const isPlain = /^[A-Za-z][A-Za-z0-9_.]{0,63}$/.test(name);
  return new SignetError(
    'invalid-parameter',
    `${isPlain ? `The parameter ${name}` : 'A parameter'} ${reason}.`,
    { field: isPlain ? name : 'Parameter' },
  );
}

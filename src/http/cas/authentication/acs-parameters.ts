import { SignetError } from '../../../errors.ts';

/** Parameters by name, decoded. */
export type Parameters = ReadonlyMap<string, string>;

/** Strict percent-encoding: all but the unreserved characters of RFC 3986 section 2.3. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `enc(name)=enc(value)`, joined by `&`, in the order of the names. */
export function canonicalParameters(parameters: Parameters): string {
  // By code units, which for the ASCII that names are is the order of bytes.
  return [...parameters.keys()]
    .sort()
    .map((name) => `${encodeStrictly(name)}=${encodeStrictly(parameters.get(name) ?? '')}`)
    .join('&');
}

/**
 * The parameters of a query or of a form (application/x-www-form-urlencoded), where `+` is a space.
 * @throws SignetError malformed-request; invalid-parameter for one that is given twice
 */
export function decodeParameters(text: string): Parameters {
  const parameters = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (parameters.has(name)) throw refuse(name, 'is given twice: give it once');
    parameters.set(name, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return parameters;
}

/**
 * The parameters of query and form together.
 * @throws SignetError invalid-parameter for one that has two values
 */
export function mergeParameters(query: Parameters, form: Parameters): Parameters {
  const merged = new Map(query);
  for (const [name, value] of form) {
    if ((merged.get(name) ?? value) !== value) {
      throw refuse(name, 'has one value in the query and another in the body: give it once');
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
      'The parameters are not percent-encoded UTF-8: encode every byte but A-Z a-z 0-9 - _ . ~ as %XX.',
    );
  }
}

/** Names come from the client: only one that looks like a parameter is repeated to it. */
function refuse(name: string, reason: string): SignetError {
  const isPlain = /^[A-Za-z][A-Za-z0-9_.]{0,63}$/.test(name);
  return new SignetError(
    'invalid-parameter',
    `${isPlain ? `The parameter ${name}` : 'A parameter'} ${reason}.`,
    { field: isPlain ? name : 'Parameter' },
  );
}

import { SignetError } from '../../errors.ts';

export interface QueryField {
  readonly name: string;
  readonly value: string;
}

/** The path and the query of a request, exactly as sent. */
export function readTarget({ url }: Request): { readonly path: string; readonly query: string } {
  const [, path = '', query = ''] = /^[a-z]+:\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/i.exec(url) ?? [];
  return { path: path === '' ? '/' : path, query };
}

/**
 * The fields of the query; a name alone has an empty value. A plus stays a plus, because that is how
 * the signature reads it.
 */
export function readQuery(request: Request): readonly QueryField[] {
  return readTarget(request)
    .query.split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return {
        name: decode(equals < 0 ? pair : pair.slice(0, equals)),
        value: equals < 0 ? '' : decode(pair.slice(equals + 1)),
      };
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Returns the value of the field with this name, in upper or lower case, or null if there is none.
 * @throws SignetError invalid-parameter if there are several
 */
export function findQueryField(request: Request, name: string): string | null {
  const [first, second] = readQuery(request).filter(
    (field) => field.name.toLowerCase() === name.toLowerCase(),
  );
  if (second !== undefined) {
    throw new SignetError('invalid-parameter', `The query has '${name}' more than once.`, {
      field: name,
    });
  }
  return first?.value ?? null;
}

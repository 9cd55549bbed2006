import { SignetError } from '../../errors.ts';

export interface QueryField {
  readonly name: string;
  readonly value: string;
}

/** The path and the query of a request as they were sent. */
export function readTarget({ url }: Request): { readonly path: string; readonly query: string } {
  const [, path = '', query = ''] = /^[a-z]+:\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/i.exec(url) ?? [];
  return { path: path === '' ? '/' : path, query };
}

/**
 * The fields of the query; a name alone has an empty value. Here a plus is a plus: that is how it is
 * signed, and what is read must be what was signed.
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
 * The value of the field of this name in any case, or null where there is none.
 * @throws SignetError invalid-parameter where there are several
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

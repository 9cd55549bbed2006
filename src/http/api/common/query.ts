import type { Page } from '../../../access/page.ts';
import type { PageRequest } from '../../../access/store.ts';
import { decodeUtf8, encodeUtf8 } from '../../../bytes.ts';
import { SignetError } from '../../../errors.ts';

const DEFAULT_LIMIT = 50;

/** Reads a whole number from the query, or returns `fallback`. @throws SignetError invalid-parameter */
export function readNumberParameter(url: URL, name: string, fallback: number): number {
  const text = url.searchParams.get(name);
  if (text === null) return fallback;
  if (!/^\d{1,15}$/.test(text)) {
    throw new SignetError('invalid-parameter', `'${name}' must be a whole number.`, {
      field: name,
    });
  }
  return Number(text);
}

/** Reads one of several texts from the query, or returns null. @throws SignetError invalid-parameter */
export function readChoice<T extends string>(
  url: URL,
  name: string,
  choices: readonly T[],
): T | null {
  const text = url.searchParams.get(name);
  if (text === null) return null;
  const choice = choices.find((each) => each === text);
  if (choice !== undefined) return choice;
  throw new SignetError('invalid-parameter', `'${name}' must be one of ${choices.join(', ')}.`, {
    field: name,
  });
}

/**
 * Reads `?limit=` and `?cursor=`. A cursor is opaque: clients send back the one of the last page.
 * @param list the name of the list; a cursor of another list is refused
 * @throws SignetError invalid-parameter
 */
export function readPageRequest(url: URL, list: string): PageRequest {
  const cursor = url.searchParams.get('cursor');
  return {
    afterId: cursor === null ? null : decodeCursor(cursor, list),
    limit: readNumberParameter(url, 'limit', DEFAULT_LIMIT),
  };
}

/** Returns the `next` of an answer: the cursor of the next page, or null. */
export function nextCursor({ nextAfterId }: Page<unknown>, list: string): string | null {
  if (nextAfterId === null) return null;
  const text = encodeUtf8(`${list}:${nextAfterId}`);
  return text.toBase64({ alphabet: 'base64url', omitPadding: true });
}

function decodeCursor(cursor: string, list: string): string {
  const text = cursor.length > 400 ? '' : decodeText(cursor);
  if (text.startsWith(`${list}:`)) return text.slice(list.length + 1);
  throw new SignetError(
    'invalid-parameter',
    "'cursor' must be the 'next' of an earlier page of the same list.",
    { field: 'cursor' },
  );
}

function decodeText(cursor: string): string {
  try {
    return decodeUtf8(Uint8Array.fromBase64(cursor, { alphabet: 'base64url' })) ?? '';
  } catch {
    return '';
  }
}

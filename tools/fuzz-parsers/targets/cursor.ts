import { nextCursor, readPageRequest } from '../../../src/http/api/common/query.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';
import { readUtf8, splitChoice } from '../text.ts';

const URL_BASE = 'https://ca.test/api/v1/certificates';

/** The first byte selects whether the rest is a query, a cursor, or an id to make a cursor from. */
export function fuzz(data: Buffer): void {
  const { choice, rest } = splitChoice(data);
  const text = readUtf8(rest);
  const url = new URL(URL_BASE);
  if (choice % 3 === 0) url.search = text;
  else url.searchParams.set('cursor', choice % 3 === 1 ? text : encode(text, 'certificates'));
  const page = attempt(() => readPageRequest(url, 'certificates'));
  attempt(() => readPageRequest(url, 'accounts'));
  if (page === null) return;
  const { afterId, limit } = page;
  assertTrue('limit', Number.isSafeInteger(limit) && limit >= 0);
  if (choice % 3 === 2) assertSame('id', afterId, text);
  if (afterId === null) return;
  assertTrue('an id that is not well-formed text', afterId.isWellFormed());
  const again = new URL(URL_BASE);
  again.searchParams.set('cursor', encode(afterId, 'certificates'));
  assertSame('read again', readPageRequest(again, 'certificates').afterId, afterId);
  assertTrue(
    'the cursor of another list',
    attempt(() => readPageRequest(again, 'accounts')) === null,
  );
}

function encode(nextAfterId: string, list: string): string {
  return nextCursor({ items: [], nextAfterId }, list) ?? '';
}

import { SignetError } from '../errors.ts';
import type { PageRequest } from './store.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** The `afterId` of the next page, or null where there is none. */
  readonly nextAfterId: string | null;
}

const MAX_PAGE = 100;

/**
 * Reads a page of what is ordered by its key; asking for one more tells whether there is a next one.
 * @param keyOf what the next page's `afterId` is made of
 * @throws SignetError invalid-parameter for a limit that is not 1 to 100
 */
export async function readPage<T>(
  { afterId, limit }: PageRequest,
  read: (page: PageRequest) => Promise<readonly T[]>,
  keyOf: (item: T) => string,
): Promise<Page<T>> {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new SignetError('invalid-parameter', `'limit' must lie between 1 and ${MAX_PAGE}.`, {
      field: 'limit',
    });
  }
  const rows = await read({ afterId, limit: limit + 1 });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextAfterId: last !== undefined && rows.length > limit ? keyOf(last) : null };
}

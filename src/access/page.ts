import { SignetError } from '../errors.ts';
import type { PageRequest } from './store.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** The `afterId` of the next page, or null if there is none. */
  readonly nextAfterId: string | null;
}

const MAX_PAGE = 100;

/**
 * Reads a page of items in the order of their key. It reads one item more than the limit to find out
 * whether there is a next page.
 * @throws SignetError invalid-parameter if the limit is not 1 to 100
 */
export async function readPage<T>(
  { afterId, limit }: PageRequest,
  read: (page: PageRequest) => Promise<readonly T[]>,
  keyOf: (item: T) => string,
): Promise<Page<T>> {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new SignetError('invalid-parameter', `'limit' must be between 1 and ${MAX_PAGE}.`, {
      field: 'limit',
    });
  }
  const rows = await read({ afterId, limit: limit + 1 });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextAfterId: last !== undefined && rows.length > limit ? keyOf(last) : null };
}

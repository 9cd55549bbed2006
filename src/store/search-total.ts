import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { SearchRequest, SearchTotal } from '../search/store.ts';
import type { Result } from './database.ts';
import { type Row, readInteger } from './row.ts';
import { MAX_COUNTED } from './search-sql.ts';

/**
 * Reads how many certificates a range holds.
 * @param counted the result of its statement `count`, or undefined if it was not asked for
 * @param scopeId the account whose certificates are searched; null for all accounts
 */
export function readTotal(
  counted: Result<Row> | undefined,
  request: SearchRequest,
  scopeId: string | null,
): SearchTotal | null {
  const [row] = counted?.results ?? [];
  if (row === undefined) return null;
  const value = readInteger(row, 'total');
  const isWhole = isWholeRange(request, scopeId);
  if (value <= MAX_COUNTED) return { value, kind: isWhole ? 'exact' : 'at-most' };
  return isWhole ? { value: MAX_COUNTED, kind: 'at-least' } : null;
}

/** Whether no condition takes anything away from the range. */
function isWholeRange(
  { range, order, conditions }: SearchRequest,
  scopeId: string | null,
): boolean {
  const { terms, publicKeyIdHex, serialPrefix, authorityIds, origin, state } = conditions;
  const { issuedFromMs, issuedUntilMs, expiresFromSeconds, expiresUntilSeconds } = conditions;
  const issued = issuedFromMs ?? issuedUntilMs;
  const expires = expiresFromSeconds ?? expiresUntilSeconds;
  const isOrdered = range.by === 'all' || (range.by === 'term' && order === 'issue');
  const otherTimes = isOrdered ? (order === 'issue' ? expires : issued) : (issued ?? expires);
  // The index of accounts leaves out the account root.
  const hasRoot = range.by === 'serial' || range.by === 'key';
  const isOfScope =
    (scopeId !== ROOT_ACCOUNT_ID || hasRoot) && (conditions.accountId ?? scopeId) === scopeId;
  return (
    isOfScope &&
    terms.length === 0 &&
    authorityIds === null &&
    origin === null &&
    otherTimes === null &&
    (range.by === 'key' || publicKeyIdHex === null) &&
    (range.by === 'serial' || serialPrefix === null) &&
    (state === null || (range.by === 'term' && range.term === `state:${state}`))
  );
}

import { type Access, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { SignetError } from '../errors.ts';
import type { SearchPage, SearchPosition, SearchRequest, SearchStore } from '../search/store.ts';
import { readCertificate } from './certificate.ts';
import type { Database } from './database.ts';
import { readGranted } from './grant.ts';
import { type Row, readInteger, readText } from './row.ts';
import { MAX_SORTED, ORDERED_SEARCH_SQL, SORTED_SEARCH_SQL } from './search-sql.ts';
import { readTotal } from './search-total.ts';
import type { Values } from './sql.ts';

/** No time is later: the largest whole number that JavaScript and SQLite both have. */
const END = Number.MAX_SAFE_INTEGER;

export function createSearchStore(db: Database): SearchStore {
  return {
    async search(request, access) {
      const { order, descending, limit, counts, conditions } = request;
      const way = descending ? 'descending' : 'ascending';
      const values = valuesOf(request, access);
      const range = chooseRange(request, access);
      if (range.kind === 'sorted') {
        const { page, count } = SORTED_SEARCH_SQL[range.name][order][way];
        const [found, counted] = await readGranted(db, access, [
          page.prepare(db, values),
          ...(counts ? [count.prepare(db, values)] : []),
        ]);
        const rows = found?.results ?? [];
        checkSize(rows);
        const total = readTotal(counted, request, scopeOf(conditions.accountId, access));
        return { ...readPage(rows, limit), next: positionAfter(rows, limit), total };
      }
      const statements = ORDERED_SEARCH_SQL[range.name];
      const inOrder =
        order === 'expiry' && 'expiry' in statements ? statements.expiry : statements.issue;
      const { page, last, count } = inOrder[way];
      const [found, counted] = await readGranted(db, access, [
        page.prepare(db, values),
        ...(counts ? [count.prepare(db, values)] : []),
      ]);
      const rows = found?.results ?? [];
      const total = readTotal(counted, request, scopeOf(conditions.accountId, access));
      const next = positionAfter(rows, limit);
      if (next !== null) return { ...readPage(rows, limit), next, total };
      const [stopped] = await readGranted(db, access, [last.prepare(db, values)]);
      const row = stopped?.results[0];
      return {
        ...readPage(rows, limit),
        next: row === undefined ? null : readPosition(row),
        total,
      };
    },
  };
}

type ChosenRange =
  | { readonly kind: 'ordered'; readonly name: keyof typeof ORDERED_SEARCH_SQL }
  | { readonly kind: 'sorted'; readonly name: keyof typeof SORTED_SEARCH_SQL };

/** The index of accounts leaves out the account root, which has most certificates as a rule. */
function chooseRange({ range, order, conditions }: SearchRequest, access: Access): ChosenRange {
  const scope = scopeOf(conditions.accountId, access);
  const isWide = scope === null || scope === ROOT_ACCOUNT_ID;
  switch (range.by) {
    case 'serial':
    case 'key':
      return { kind: 'sorted', name: range.by };
    case 'all':
      return { kind: 'ordered', name: isWide ? 'all' : 'allOfAccount' };
    case 'term': {
      const name = isWide ? 'term' : 'termOfAccount';
      return { kind: order === 'issue' ? 'ordered' : 'sorted', name };
    }
  }
}

/** The account whose certificates are searched; null for all accounts. */
function scopeOf(wantedId: string | null, { accountId }: Access): string | null {
  return accountId === ROOT_ACCOUNT_ID ? wantedId : accountId;
}

function valuesOf(request: SearchRequest, access: Access) {
  const { range, order, descending, conditions, after, limit } = request;
  const { terms, authorityIds, ...others } = conditions;
  const bounds =
    order === 'issue'
      ? { from: conditions.issuedFromMs, until: conditions.issuedUntilMs }
      : boundExpiry(conditions, access.nowSeconds);
  const serialPrefix = range.by === 'serial' ? range.prefix : conditions.serialPrefix;
  return {
    ...others,
    publicKeyIdHex: range.by === 'key' ? range.publicKeyIdHex : conditions.publicKeyIdHex,
    serialPrefix,
    // 'g' follows every digit of a serial number.
    serialUntil: `${serialPrefix ?? ''}g`,
    terms: JSON.stringify(terms),
    authorityIds: authorityIds === null ? null : JSON.stringify(authorityIds),
    term: range.by === 'term' ? range.term : '',
    scopeAccountId: scopeOf(conditions.accountId, access),
    askingAccountId: access.accountId,
    nowSeconds: access.nowSeconds,
    atFrom: bounds.from ?? -END,
    atUntil: bounds.until ?? END,
    afterAt: after?.at ?? (descending ? END : -END),
    afterSerial: after?.serialHex ?? '',
    afterAuthorityId: after?.authorityId ?? '',
    limit: limit + 1,
  } satisfies Values<string>;
}

/** Expired certificates are a range of this order, and valid ones are in the rest. */
function boundExpiry(
  { state, expiresFromSeconds, expiresUntilSeconds }: SearchRequest['conditions'],
  nowSeconds: number,
): { readonly from: number | null; readonly until: number | null } {
  return {
    from:
      state === 'valid'
        ? Math.max(expiresFromSeconds ?? nowSeconds, nowSeconds)
        : expiresFromSeconds,
    until:
      state === 'expired'
        ? Math.min(expiresUntilSeconds ?? nowSeconds, nowSeconds)
        : expiresUntilSeconds,
  };
}

function readPage(rows: readonly Row[], limit: number): Pick<SearchPage, 'certificates'> {
  return { certificates: rows.slice(0, limit).map(readCertificate) };
}

/** Where the next page begins, if the rows show that there is one. */
function positionAfter(rows: readonly Row[], limit: number): SearchPosition | null {
  const last = rows[limit - 1];
  return last === undefined || rows.length <= limit ? null : readPosition(last);
}

function readPosition(row: Row): SearchPosition {
  return {
    at: readInteger(row, 'at'),
    serialHex: readText(row, 'serial'),
    authorityId: readText(row, 'authority_id'),
  };
}

function checkSize([first]: readonly Row[]): void {
  if (first === undefined || readInteger(first, 'candidates') <= MAX_SORTED) return;
  throw new SignetError(
    'invalid-parameter',
    `More than ${MAX_SORTED} certificates would have to be sorted. Sort by issuedAt, or search for something rarer.`,
    { field: 'sort' },
  );
}

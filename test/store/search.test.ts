import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RecordedCertificate } from '../../src/issuance/store.ts';
import { findState } from '../../src/search/find-state.ts';
import { planSearch, type SearchFilters } from '../../src/search/plan.ts';
import type { SearchOrder, SearchPosition, SearchStore } from '../../src/search/store.ts';
import { foldName, listTerms, listWords } from '../../src/search/terms.ts';
import type { Database, PreparedStatement } from '../../src/store/database.ts';
import { createSearchStore } from '../../src/store/search.ts';
import { SEARCH_TERM_SQL } from '../../src/store/search-terms.ts';
import { NOW_SECONDS, openDatabaseWithAuthority, ROOT_ACCESS } from './database.ts';

interface Made {
  readonly record: RecordedCertificate;
  readonly altNames: readonly { readonly kind: 'dns' | 'ip' | 'email'; readonly value: string }[];
}

const ACCOUNTS = ['root', 'acct-1', 'acct-2'];
const PROFILES = ['tls-server', 'rare'];
const NO_FILTERS: SearchFilters = {
  words: [],
  dnsName: null,
  dnsSuffix: null,
  ipAddress: null,
  email: null,
  serialPrefix: null,
  publicKeyIdHex: null,
  sha256Hex: null,
  authority: null,
  profile: null,
  origin: null,
  accountId: null,
  state: null,
  issuedFromMs: null,
  issuedUntilMs: null,
  expiresFromSeconds: null,
  expiresUntilSeconds: null,
};

/** Certificates whose properties occur in all combinations, by their number. */
function make(n: number): Made {
  const host = `h${n % 7}.${n % 2 === 0 ? 'a' : 'b'}.test`;
  const revoked = n % 5 === 0 ? { reason: n % 10 === 0 ? 6 : 4 } : null;
  return {
    record: {
      authorityId: 'default',
      serialHex:
        `${(n * 7919).toString(16).padStart(4, '0')}${n.toString(16).padStart(4, '0')}`.replace(
          /^0+/,
          '',
        ),
      subject: `CN=${host},O=${n % 3 === 0 ? 'Red' : 'Blue'} Ltd`,
      publicKeyIdHex: String(n % 4).repeat(64),
      certificateDer: null,
      profile: PROFILES[n % 11 === 0 ? 1 : 0] ?? '',
      origin: n % 6 === 0 ? 'acme' : 'api',
      accountId: ACCOUNTS[n % 3] ?? '',
      notBeforeSeconds: 0,
      notAfterSeconds: NOW_SECONDS + ((n * 13) % 40) * 100 - 2000,
      // Several at the same time.
      issuedAtMs: 1_700_000_000_000 + Math.floor(n / 3) * 1000,
      revocation:
        revoked === null
          ? null
          : { ...revoked, revokedAtSeconds: NOW_SECONDS - 1, invalidityDateSeconds: null },
    },
    altNames: [
      { kind: 'dns', value: host },
      { kind: 'ip', value: `10.0.0.${n % 9}` },
      ...(n % 4 === 0 ? [{ kind: 'email' as const, value: `u${n % 3}@a.test` }] : []),
    ],
  };
}

const MADE = Array.from({ length: 120 }, (_, n) => make(n));

function isFound({ record, altNames }: Made, f: SearchFilters, asking: string): boolean {
  const names = new Set([
    ...altNames.map(({ value }) => foldName(value)),
    ...listWords(record.subject.replace(/(^|,)\w+=/g, '$1 ')),
  ]);
  const domain = f.dnsSuffix;
  const wanted = [f.dnsName, f.ipAddress, f.email, ...f.words].filter((each) => each !== null);
  return (
    (asking === 'root' || record.accountId === asking) &&
    (f.accountId === null || record.accountId === f.accountId) &&
    wanted.every((each) => names.has(each)) &&
    (domain === null ||
      altNames.some(({ kind, value }) => kind === 'dns' && value.endsWith(`.${domain}`))) &&
    (f.serialPrefix === null || record.serialHex.startsWith(f.serialPrefix)) &&
    (f.publicKeyIdHex === null || record.publicKeyIdHex === f.publicKeyIdHex) &&
    (f.authority === null || f.authority.generationIds.includes(record.authorityId)) &&
    (f.profile === null || record.profile === f.profile) &&
    (f.origin === null || record.origin === f.origin) &&
    (f.state === null || findState(record, NOW_SECONDS) === f.state) &&
    (f.issuedFromMs === null || record.issuedAtMs >= f.issuedFromMs) &&
    (f.issuedUntilMs === null || record.issuedAtMs < f.issuedUntilMs) &&
    (f.expiresFromSeconds === null || record.notAfterSeconds >= f.expiresFromSeconds) &&
    (f.expiresUntilSeconds === null || record.notAfterSeconds < f.expiresUntilSeconds)
  );
}

function orderOf({ record }: Made, order: SearchOrder): readonly [number, string] {
  return [order === 'issue' ? record.issuedAtMs : record.notAfterSeconds, record.serialHex];
}

function modelSearch(
  filters: SearchFilters,
  asking: string,
  order: SearchOrder,
  descending: boolean,
): string[] {
  const found = MADE.filter((made) => isFound(made, filters, asking));
  found.sort((a, b) => {
    const [x, y] = [orderOf(a, order), orderOf(b, order)];
    const sign = x[0] === y[0] ? (x[1] < y[1] ? -1 : 1) : x[0] - y[0];
    return descending ? -sign : sign;
  });
  return found.map(({ record }) => record.serialHex);
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 3, nil: null });

const FILTERS: fc.Arbitrary<SearchFilters> = fc
  .record({
    words: fc.subarray(['red', 'blue', 'ltd'], { maxLength: 2 }),
    dnsName: maybe(fc.constantFrom('h1.b.test', 'h2.a.test', 'none.test')),
    dnsSuffix: maybe(fc.constantFrom('test', 'a.test', 'b.test', 'c.test')),
    ipAddress: maybe(fc.constantFrom('10.0.0.1', '10.0.0.8')),
    email: maybe(fc.constantFrom('u0@a.test', 'u1@a.test')),
    serialPrefix: maybe(fc.constantFrom('1eef', '7bbc', 'ffff')),
    publicKeyIdHex: maybe(fc.constantFrom('0'.repeat(64), '3'.repeat(64))),
    authority: maybe(
      fc.constantFrom(
        { lineageId: 'default', generationIds: ['default'] },
        { lineageId: 'other', generationIds: ['other'] },
      ),
    ),
    profile: maybe(fc.constantFrom(...PROFILES)),
    origin: maybe(fc.constantFrom('acme', 'api', 'cas')),
    accountId: maybe(fc.constantFrom(...ACCOUNTS)),
    state: maybe(fc.constantFrom('valid', 'expired', 'revoked', 'on-hold')),
    issuedFromMs: maybe(fc.integer({ min: 0, max: 40 }).map((n) => 1_700_000_000_000 + n * 1000)),
    issuedUntilMs: maybe(fc.integer({ min: 0, max: 40 }).map((n) => 1_700_000_000_000 + n * 1000)),
    expiresFromSeconds: maybe(fc.integer({ min: -20, max: 20 }).map((n) => NOW_SECONDS + n * 100)),
    expiresUntilSeconds: maybe(fc.integer({ min: -20, max: 20 }).map((n) => NOW_SECONDS + n * 100)),
  })
  .chain((all) =>
    // Few filters at once, so that many searches find something.
    fc.subarray(['words', ...Object.keys(all)], { maxLength: 3 }).map((kept): SearchFilters => {
      const entries = Object.entries(all).filter(([name]) => kept.includes(name));
      return { ...NO_FILTERS, ...Object.fromEntries(entries) };
    }),
  );

describe('createSearchStore', () => {
  let store: SearchStore;

  beforeAll(async () => {
    const db: Database = await openDatabaseWithAuthority();
    store = createSearchStore(db);
    const statements: PreparedStatement[] = [];
    for (const { record } of MADE) {
      statements.push(
        db
          .prepare(
            `INSERT INTO certificates (serial, authority_id, subject, public_key_id, profile, origin,
  account_id, not_before_s, not_after_s, issued_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)`,
          )
          .bind(
            ...[record.serialHex, record.authorityId, record.subject, record.publicKeyIdHex],
            ...[record.profile, record.origin, record.accountId, record.notAfterSeconds],
            record.issuedAtMs,
          ),
      );
      if (record.revocation === null) continue;
      statements.push(
        db
          .prepare(
            `INSERT INTO revocations (authority_id, serial, revision, revoked_at_s, reason, not_after_s)
VALUES (?1, ?2, 1, ?3, ?4, ?5)`,
          )
          .bind(
            ...[record.authorityId, record.serialHex, record.revocation.revokedAtSeconds],
            ...[record.revocation.reason, record.notAfterSeconds],
          ),
      );
    }
    const rows = MADE.map(({ record, altNames }) => ({
      serial: record.serialHex,
      authorityId: record.authorityId,
      terms: JSON.stringify(
        listTerms({ subject: record.subject, profile: record.profile, altNames, sha256Hex: null }),
      ),
    }));
    await db.batch([...statements, SEARCH_TERM_SQL.insert.prepare(db, rows)]);
  });

  it('finds what a model finds, in its order and in pages, for every account', async () => {
    const property = fc.asyncProperty(
      FILTERS,
      fc.constantFrom('root', 'acct-1', 'acct-2'),
      fc.constantFrom<SearchOrder>('issue', 'expiry'),
      fc.boolean(),
      fc.integer({ min: 1, max: 50 }),
      async (filters, accountId, order, descending, limit) => {
        const access = { ...ROOT_ACCESS, accountId, nowSeconds: NOW_SECONDS };
        const expected = modelSearch(filters, accountId, order, descending);
        const found: string[] = [];
        let after: SearchPosition | null = null;
        do {
          const counts: boolean = after === null;
          const request = planSearch(filters, { order, descending }, { after, limit, counts });
          const page = await store.search(request, access);
          expect(page.certificates.length).toBeLessThanOrEqual(limit);
          found.push(...page.certificates.map(({ serialHex }) => serialHex));
          if (page.total?.kind === 'exact') expect(page.total.value).toBe(expected.length);
          if (page.total?.kind === 'at-most') {
            expect(page.total.value).toBeGreaterThanOrEqual(expected.length);
          }
          after = page.next;
        } while (after !== null);
        expect(found).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readChildren, readElement } from '../../src/asn1/der.ts';
import { createBuildGate } from '../../src/lists/build-gate.ts';
import { currentCrl } from '../../src/lists/current-crl.ts';
import { currentDelta } from '../../src/lists/current-delta.ts';
import { NO_ENTRIES } from '../../src/lists/list-store.ts';
import { retireRevocations } from '../../src/lists/retire.ts';
import type { RevocationList } from '../../src/lists/revocation-list.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createReleaseStore } from '../../src/store/release.ts';
import { createRetirementStore } from '../../src/store/retirement.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  makeEvent,
  makeIssuance,
  makeRevocation,
  NOW_SECONDS,
  openDatabaseWithAuthority,
} from '../store/database.ts';
import { makeAuthority, makeListDependencies, SMALL_LIMITS } from './test-authority.ts';

const DAY = 86400;
const HOLD = 6;
const REMOVE_FROM_CRL = 8;
const SCOPES = [-1, 0, 1];
/** A certificate: serial number, partition, days until it expires. */
const CERTIFICATES = Array.from({ length: 9 }, (_, i) => ({
  serialHex: `a${i}`,
  crlPartition: [0, 1, null][i % 3] ?? null,
  notAfterSeconds: NOW_SECONDS + (i < 4 ? 2 * i + 1 : 300) * DAY,
}));

const index = fc.nat(CERTIFICATES.length - 1);
const scope = fc.constantFrom(...SCOPES);
/** Two that stay, or a new one. */
const isolate = fc.nat(2);
const action = fc.oneof(
  fc.record({ kind: fc.constant('revoke'), index, reason: fc.constantFrom(0, 1, 4, HOLD, HOLD) }),
  fc.record({ kind: fc.constant('release'), index }),
  fc.record({ kind: fc.constant('full'), scope, isolate }),
  fc.record({ kind: fc.constant('delta'), scope, isolate }),
  fc.record({ kind: fc.constant('interrupted'), scope, isolate }),
  fc.record({ kind: fc.constant('wait'), hours: fc.constantFrom(1, 20, 60, 200) }),
  fc.record({ kind: fc.constant('retire') }),
);
type Action = {
  readonly kind: string;
  readonly index?: number;
  readonly reason?: number;
  readonly scope?: number;
  readonly hours?: number;
  readonly isolate?: number;
};

type Entries = ReadonlyMap<string, number>;

/** The knowledge of a client that keeps every list, and the truth. */
async function openWorld() {
  const db = await openDatabaseWithAuthority();
  let nowSeconds = NOW_SECONDS;
  const clock = () => nowSeconds * 1000;
  const { authority, readCrl } = await makeAuthority();
  await db.prepare('UPDATE authorities SET reserved_slots = 40000').run();
  for (const { crlPartition, ...certificate } of CERTIFICATES) {
    const issuance = await makeIssuance({ ...certificate, publicKeyIdHex: null });
    await createIssuanceStore(db).commitIssuance({ ...issuance, crlPartition: crlPartition ?? 9 });
  }
  // Certificates issued before there were partitions have none.
  await db.prepare('UPDATE certificates SET crl_partition = NULL WHERE crl_partition = 9').run();
  const revoked = new Map<string, number>();
  const lists = new Map<number, Map<number, { entries: Entries; thisUpdateSeconds: number }>>();
  const tags = new Map<string, string>();
  const newest = new Map<string, number>();

  function expected(crlPartition: number): Entries {
    const isIn = (partition: number | null) => crlPartition === -1 || crlPartition === partition;
    return new Map(
      CERTIFICATES.filter((certificate) => isIn(certificate.crlPartition)).flatMap(
        ({ serialHex }) => {
          const reason = revoked.get(serialHex);
          return reason === undefined ? [] : [[serialHex, reason] as const];
        },
      ),
    );
  }

  /** Expired certificates may have entries or not. */
  function valid(entries: Entries): [string, number][] {
    const isValid = new Set(
      CERTIFICATES.filter(({ notAfterSeconds }) => notAfterSeconds >= nowSeconds).map(
        ({ serialHex }) => serialHex,
      ),
    );
    return [...entries].filter(([serialHex]) => isValid.has(serialHex)).sort();
  }

  /** A new number is higher than all earlier ones of its kind, and never names another list. */
  function checkNumber(
    kind: 'full' | 'delta',
    crlPartition: number,
    { number, tagHex }: RevocationList,
  ): void {
    const sequence = `${kind} ${crlPartition}`;
    const key = `${crlPartition} ${number}`;
    const known = tags.get(key);
    if (known === undefined) expect(number).toBeGreaterThan(newest.get(sequence) ?? 0);
    else expect(tagHex).toBe(known);
    tags.set(key, tagHex);
    newest.set(sequence, Math.max(number, newest.get(sequence) ?? 0));
  }

  async function checkFull(crlPartition: number, list: RevocationList): Promise<void> {
    const parsed = await readCrl(list);
    const entries = new Map(parsed.entries.map(({ serialHex, reason }) => [serialHex, reason]));
    expect(entries.size).toBe(parsed.entries.length);
    const now = expected(crlPartition);
    for (const [serialHex, reason] of entries) expect(now.get(serialHex)).toBe(reason);
    expect(valid(entries)).toEqual(valid(now));
    expect(parsed.baseNumber).toBeNull();
    const known = lists.get(crlPartition) ?? new Map();
    // RFC 5280 section 3.3: an entry may go after one list issued past the certificate's expiry has it.
    for (const { serialHex, notAfterSeconds } of CERTIFICATES) {
      if (!now.has(serialHex) || entries.has(serialHex)) continue;
      const shown = [...known.values()].some(
        (older) => older.entries.has(serialHex) && older.thisUpdateSeconds > notAfterSeconds,
      );
      // The delta may refer to a full list that this client has not fetched.
      if (crlPartition === -1 && !newest.has('delta -1')) expect(shown).toBe(true);
    }
    known.set(list.number, { entries, thisUpdateSeconds: list.thisUpdateSeconds });
    lists.set(crlPartition, known);
    checkNumber('full', crlPartition, list);
  }

  async function checkDelta(crlPartition: number, list: RevocationList): Promise<void> {
    const parsed = await readCrl(list);
    checkNumber('delta', crlPartition, list);
    expect(parsed.freshestCrlUrl).toBeNull();
    const base = parsed.baseNumber ?? Number.NaN;
    expect(base).toBeLessThan(list.number);
    // Every full list since the base works (section 5.2.4).
    for (const [number, full] of lists.get(crlPartition) ?? []) {
      if (number < base || number > list.number) continue;
      const combined = new Map(full.entries);
      for (const { serialHex, reason } of parsed.entries) {
        if (reason === REMOVE_FROM_CRL) combined.delete(serialHex);
        else combined.set(serialHex, reason);
      }
      expect(valid(combined)).toEqual(valid(expected(crlPartition)));
    }
  }

  /** Makes builds fail that store chunks before their list. The chunks stay. */
  function makeSlowClock() {
    let calls = 0;
    return () => clock() + (calls++ < 2 ? 0 : 30_000);
  }

  /** Every chunk that is not stale holds the rows of its range; those that a list names are disjoint. */
  async function checkChunks(): Promise<void> {
    const { results: chunks } = await db
      .prepare(
        `SELECT crl_partition, first_revision, last_revision, body, stale, superseded_at_ms IS NULL AS named
FROM crl_chunks ORDER BY crl_partition, first_revision`,
      )
      .all<{
        crl_partition: number;
        first_revision: number;
        last_revision: number;
        body: string;
        stale: number;
        named: number;
      }>();
    const { results: rows } = await db
      .prepare(
        'SELECT serial, revision, crl_partition FROM revocations WHERE retired_in_crl IS NULL',
      )
      .all<{ serial: string; revision: number; crl_partition: number | null }>();
    for (const { crl_partition: scope, stale, ...chunk } of chunks) {
      if (stale === 1) continue;
      const inside = rows.filter(
        (row) =>
          (scope === -1 || scope === row.crl_partition) &&
          row.revision >= chunk.first_revision &&
          row.revision <= chunk.last_revision,
      );
      expect(readSerials(chunk.body)).toEqual(inside.map(({ serial }) => serial).sort());
    }
    const named = chunks.filter((chunk) => chunk.named === 1);
    for (const [i, { crl_partition: scope, first_revision: first }] of named.entries()) {
      const before = named[i - 1];
      if (before?.crl_partition === scope) expect(first).toBeGreaterThan(before.last_revision);
    }
  }

  const openIsolate = () => ({ ...makeListDependencies(db, clock), limits: SMALL_LIMITS });
  /** These hold chunks in memory. */
  const isolates = [openIsolate(), openIsolate()];

  async function act(action: Action) {
    const {
      kind,
      index = 0,
      reason = 0,
      scope = -1,
      hours = 0,
      isolate = isolates.length,
    } = action;
    // Others know only the record.
    const dependencies = isolates[isolate] ?? openIsolate();
    const serialHex = CERTIFICATES[index]?.serialHex ?? '';
    switch (kind) {
      case 'revoke': {
        const commit = makeRevocation(serialHex, { reason, revokedAtSeconds: nowSeconds });
        const outcome = await createRevocationStore(db).commitRevocation(commit);
        if (outcome.kind === 'revoked') revoked.set(serialHex, reason);
        return;
      }
      case 'release': {
        const outcome = await createReleaseStore(db).commitRelease({
          authorityId: 'default',
          serialHex,
          uniqueSubject: null,
          releasedAtSeconds: nowSeconds,
          accountId: 'root',
          grant: null,
          audit: makeEvent('certificate.release', serialHex),
        });
        if (outcome.kind === 'released') revoked.delete(serialHex);
        return;
      }
      case 'full':
        return checkFull(scope, await currentCrl(dependencies, authority, scope));
      case 'delta':
        return checkDelta(scope, await currentDelta(dependencies, authority, scope));
      case 'interrupted': {
        const slow = { ...dependencies, clock: makeSlowClock() };
        const list = await currentCrl(slow, authority, scope).catch((error) => {
          expect(error).toMatchObject({ code: 'record-unavailable' });
          return null;
        });
        if (list !== null) await checkFull(scope, list);
        return;
      }
      case 'wait':
        nowSeconds += hours * 3600;
        return;
      default: {
        const retirement = { store: createRetirementStore(db), clock };
        await retireRevocations(retirement, ['default']);
      }
    }
  }

  return { db, act, checkChunks };
}

/** Reads the serial numbers of a chunk (base64), sorted. */
function readSerials(body: string): string[] {
  return readChildren(Uint8Array.fromBase64(body))
    .map(({ content }) =>
      readElement(content)
        .content.toHex()
        .replace(/^0+(?=.)/, ''),
    )
    .sort();
}

describe('lists and deltas', () => {
  it('agree with the record after any sequence of operations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 30 }), async (actions) => {
        const world = await openWorld();
        for (const each of actions) {
          await world.act(each);
          await world.checkChunks();
        }
        for (const each of SCOPES) {
          await world.act({ kind: 'full', scope: each });
          await world.act({ kind: 'delta', scope: each });
        }
      }),
      { numRuns: Number(import.meta.env.VITE_LIST_RUNS ?? 30), endOnFailure: true },
    );
  }, 600_000);

  it('agree with the record after concurrent operations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 25 }), async (actions) => {
        const world = await openWorld();
        const changes = actions.filter(
          ({ kind }) => !['full', 'delta', 'interrupted'].includes(kind),
        );
        const builds = actions.length - changes.length;
        const { authority, readCrl } = await makeAuthority();
        const dependencies = {
          ...makeListDependencies(world.db, () => NOW_SECONDS * 1000),
          limits: SMALL_LIMITS,
        };
        const seen: { scope: number; number: number; tagHex: string }[] = [];
        const build = async (i: number) => {
          const crlPartition = SCOPES[i % 3] ?? -1;
          const make = i % 2 === 0 ? currentCrl : currentDelta;
          const own = { ...dependencies, gate: createBuildGate() };
          const list = await make(own, authority, crlPartition).catch((error) => {
            // With so many at once, a build may lose too often. Only that error is allowed.
            expect(error).toMatchObject({ code: 'record-unavailable' });
            return null;
          });
          if (list === null) return;
          await readCrl(list);
          seen.push({ scope: crlPartition, number: list.number, tagHex: list.tagHex });
        };
        await Promise.all([
          ...changes.map((each) => world.act(each)),
          ...Array.from({ length: builds + 3 }, (_, i) => build(i)),
        ]);
        await world.checkChunks();
        // No two lists have the same number.
        const tags = new Map<string, string>();
        for (const { scope: each, number, tagHex } of seen) {
          const key = `${each} ${number}`;
          expect(tags.get(key) ?? tagHex).toBe(tagHex);
          tags.set(key, tagHex);
        }
        for (const each of SCOPES) {
          const stored = await dependencies.store.findList(
            { authorityId: 'default', crlPartition: each },
            NO_ENTRIES,
          );
          const built = await currentCrl(dependencies, authority, each);
          const { entries } = await readCrl(built);
          const { results } = await world.db
            .prepare(
              `SELECT serial FROM revocations WHERE retired_in_crl IS NULL
AND (?1 = -1 OR crl_partition = ?1) ORDER BY serial`,
            )
            .bind(each)
            .all<{ serial: string }>();
          expect(entries.map(({ serialHex }) => serialHex).sort()).toEqual(
            results.map(({ serial }) => serial),
          );
          expect(built.number).toBeGreaterThanOrEqual(stored.list?.number ?? 0);
        }
      }),
      { numRuns: 10, endOnFailure: true },
    );
  }, 600_000);
});

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SignetError } from '../../src/errors.ts';
import { createCommitQueue } from '../../src/issuance/commit-queue.ts';
import type { IssuanceCommit, IssuanceGroupStore } from '../../src/issuance/store.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import { makePolicy, NO_BOUNDS } from '../policy/no-bounds.ts';
import {
  countRows,
  instrument,
  makeIssuance,
  makeRevocation,
  openDatabaseWithAuthority,
} from '../store/database.ts';

const SUBJECT = 'MAsxCTAHBgNVBAMMAWE=';

/** As one of its own: a certificate is told by its text. */
function makeCommit(
  serialHex: string,
  overrides: Parameters<typeof makeIssuance>[0] = {},
  uniqueSubject: string | null = null,
): Promise<IssuanceCommit> {
  const certificateDer = new TextEncoder().encode(`0 a certificate ${serialHex}`);
  return makeIssuance({ serialHex, certificateDer, ...overrides }, uniqueSubject);
}

function makeCommits(count: number, uniqueSubject: string | null = null) {
  return Promise.all(
    Array.from({ length: count }, (_, i) => makeCommit(`c${i}`, {}, uniqueSubject)),
  );
}

describe('createCommitQueue', () => {
  /** What each batch was, and what keeps it from going on. */
  function makeGate() {
    const batches: { readonly serials: string[]; open(): void; fail(): void }[] = [];
    const store: IssuanceGroupStore = {
      commitIssuances(commits) {
        return new Promise((resolve, reject) => {
          batches.push({
            serials: commits.map(({ certificate }) => certificate.serialHex),
            open: () => resolve(commits.map(() => true)),
            fail: () => reject(new SignetError('record-unavailable', 'broken')),
          });
        });
      },
      explainRefusal: async () => 'subject-held',
    };
    return { store, batches };
  }

  function makeQueue(store: IssuanceGroupStore, clock = () => Date.now()) {
    const kept: Promise<unknown>[] = [];
    const queue = createCommitQueue({ store, clock, keepAlive: (promise) => kept.push(promise) });
    return { ...queue, kept };
  }

  it('commits a single request at once, and gathers later ones in their order', async () => {
    const { store, batches } = makeGate();
    const { commitIssuance } = makeQueue(store);
    const commits = await makeCommits(6);
    const outcomes = Promise.all(commits.map(commitIssuance));
    expect(batches.map(({ serials }) => serials)).toEqual([['c0']]);
    batches[0]?.open();
    await vi.waitUntil(() => batches.length === 2);
    expect(batches[1]?.serials).toEqual(['c1', 'c2', 'c3', 'c4', 'c5']);
    batches[1]?.open();
    expect(await outcomes).toEqual(Array.from({ length: 6 }, () => 'committed'));
  });

  it('never puts two commits that one policy limits into a batch, and refuses none for it', async () => {
    const { store, batches } = makeGate();
    const { commitIssuance } = makeQueue(store);
    const policies = [makePolicy({ maxValidCertificates: 9 })];
    const limited = { ...NO_BOUNDS, policies };
    const free = { ...NO_BOUNDS, policies: [makePolicy({}, 'pol-000000000000')] };
    const [first, ...rest] = await makeCommits(6);
    if (first === undefined) throw new Error('no commit');
    const outcomes = Promise.all([
      commitIssuance(first),
      ...rest.map((commit, i) => commitIssuance({ ...commit, bounds: i < 3 ? limited : free })),
    ]);
    for (const [n, serials] of [['c0'], ['c1', 'c4', 'c5'], ['c2'], ['c3']].entries()) {
      await vi.waitUntil(() => batches.length === n + 1);
      expect(batches[n]?.serials).toEqual(serials);
      batches[n]?.open();
    }
    expect(await outcomes).toEqual(Array.from({ length: 6 }, () => 'committed'));
  });

  it('waits after a large batch until as many requests have arrived again', async () => {
    const { store, batches } = makeGate();
    const { commitIssuance } = makeQueue(store);
    const commits = await makeCommits(12);
    const outcomes = [Promise.all(commits.slice(0, 6).map(commitIssuance))];
    batches[0]?.open();
    await vi.waitUntil(() => batches.length === 2);
    batches[1]?.open();
    await Promise.all(outcomes);
    // As clients do that send the next request once they have the answer.
    outcomes.push(Promise.all(commits.slice(6).map(commitIssuance)));
    await vi.waitUntil(() => batches.length === 3);
    expect(batches[2]?.serials).toEqual(['c6', 'c7', 'c8', 'c9', 'c10', 'c11']);
    batches[2]?.open();
    await Promise.all(outcomes);
  });

  it('goes on without requests that do not arrive again', async () => {
    const { store, batches } = makeGate();
    const { commitIssuance } = makeQueue(store);
    const commits = await makeCommits(8);
    const before = Promise.all(commits.slice(0, 6).map(commitIssuance));
    batches[0]?.open();
    await vi.waitUntil(() => batches.length === 2);
    batches[1]?.open();
    await before;
    const outcomes = Promise.all(commits.slice(6).map(commitIssuance));
    await vi.waitUntil(() => batches.length === 3);
    expect(batches[2]?.serials).toEqual(['c6', 'c7']);
    batches[2]?.open();
    expect(await outcomes).toEqual(['committed', 'committed']);
  });

  it('limits a batch by number and by size', async () => {
    const { store, batches } = makeGate();
    const { commitIssuance } = makeQueue(store);
    const large = { certificateDer: new Uint8Array(100 * 1024) };
    const commits = [
      ...(await makeCommits(131)),
      ...(await Promise.all(['d0', 'd1', 'd2'].map((serial) => makeCommit(serial, large)))),
    ];
    const outcomes = Promise.all(commits.map(commitIssuance));
    for (let batch = 0; batch < 5; batch++) {
      await vi.waitUntil(() => batches.length > batch);
      batches[batch]?.open();
    }
    await outcomes;
    expect(batches.map(({ serials }) => serials.length)).toEqual([1, 64, 64, 4, 1]);
  });

  it('never puts one instance or one nonce twice into a batch', async () => {
    const { store, batches } = makeGate();
    const { commitIssuance } = makeQueue(store);
    const use = { accessKeyId: 'ak', requestId: 'r', usedAtSeconds: 1 };
    const commits = [
      await makeCommit('a0'),
      { ...(await makeCommit('a1')), instanceId: 'i', nonce: { ...use, nonce: '1' } },
      { ...(await makeCommit('a2')), instanceId: 'i', nonce: { ...use, nonce: '2' } },
      { ...(await makeCommit('a3')), instanceId: 'j', nonce: { ...use, nonce: '1' } },
      { ...(await makeCommit('a4')), instanceId: 'k', nonce: { ...use, nonce: '4' } },
    ];
    const outcomes = Promise.all(commits.map(commitIssuance));
    batches[0]?.open();
    await vi.waitUntil(() => batches.length === 2);
    expect(batches[1]?.serials).toEqual(['a1', 'a4']);
    batches[1]?.open();
    // The fake store gives every refusal this reason.
    expect(await outcomes).toEqual([
      'committed',
      'committed',
      'subject-held',
      'subject-held',
      'committed',
    ]);
  });

  it('commits the name of a CA with one key together, and with another key never', async () => {
    const { store, batches } = makeGate();
    const { commitIssuance } = makeQueue(store);
    const makeCa = async (serialHex: string, publicKeyIdHex: string) => ({
      ...(await makeCommit(serialHex, { publicKeyIdHex })),
      subjectKey: 'cn=twin',
      isCa: true,
    });
    const commits = [
      await makeCommit('a0'),
      await makeCa('a1', '01'),
      await makeCa('a2', '01'),
      await makeCa('a3', '02'),
    ];
    const outcomes = Promise.all(commits.map(commitIssuance));
    batches[0]?.open();
    await vi.waitUntil(() => batches.length === 2);
    expect(batches[1]?.serials).toEqual(['a1', 'a2']);
    batches[1]?.open();
    expect(await outcomes).toEqual(['committed', 'committed', 'committed', 'subject-held']);
  });

  it('never puts one serial or one unique subject twice into a batch', async () => {
    const { store, batches } = makeGate();
    const { commitIssuance } = makeQueue(store);
    const commits = [
      await makeCommit('a0'),
      await makeCommit('a1'),
      await makeCommit('a1'),
      await makeCommit('a2', {}, SUBJECT),
      await makeCommit('a3', {}, SUBJECT),
    ];
    const outcomes = Promise.all(commits.map(commitIssuance));
    batches[0]?.open();
    await vi.waitUntil(() => batches.length === 2);
    expect(batches[1]?.serials).toEqual(['a1', 'a2']);
    batches[1]?.open();
    await vi.waitUntil(() => batches.length === 3);
    expect(batches[2]?.serials).toEqual(['a1']);
    batches[2]?.open();
    expect((await outcomes).at(-1)).toBe('subject-held');
  });

  it('answers record-unavailable to every request of a failed batch, and to no other', async () => {
    const { store, batches } = makeGate();
    const { commitIssuance } = makeQueue(store);
    const commits = await makeCommits(4);
    const outcomes = Promise.allSettled(commits.slice(0, 3).map(commitIssuance));
    batches[0]?.open();
    await vi.waitUntil(() => batches.length === 2);
    batches[1]?.fail();
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    const last = commits.slice(3).map(commitIssuance);
    await vi.waitUntil(() => batches.length === 3);
    batches[2]?.open();
    expect(await Promise.all(last)).toEqual(['committed']);
  });

  it('keeps every request alive that may have to run a batch, until it is answered', async () => {
    const { store, batches } = makeGate();
    const { commitIssuance, kept } = makeQueue(store);
    const outcomes = Promise.all((await makeCommits(3)).map(commitIssuance));
    expect(kept.length).toBeGreaterThanOrEqual(3);
    batches[0]?.open();
    await vi.waitUntil(() => batches.length === 2);
    batches[1]?.open();
    await Promise.all([outcomes, ...kept]);
  });

  describe('if a batch never returns', () => {
    beforeEach(() => {
      vi.useFakeTimers();
      return () => vi.useRealTimers();
    });

    it('does not make a request wait for it after the clock was set back', async () => {
      const { store, batches } = makeGate();
      const { commitIssuance } = makeQueue(store);
      const [first, second] = await makeCommits(2);
      if (!first || !second) throw new Error('too few');
      const late = expect(commitIssuance(first)).rejects.toMatchObject({
        code: 'record-unavailable',
      });
      vi.setSystemTime(Date.now() - 3_600_000);
      await vi.advanceTimersByTimeAsync(11_000);
      const going = commitIssuance(second);
      await vi.advanceTimersByTimeAsync(1);
      expect(batches.map(({ serials }) => serials)).toEqual([['c0'], ['c1']]);
      batches[1]?.open();
      expect(await going).toBe('committed');
      await late;
    });

    it('ends each request by its own timer, and commits nothing for it later', async () => {
      const { store, batches } = makeGate();
      const { commitIssuance } = makeQueue(store);
      const [first, second, third, last] = await makeCommits(4);
      if (!first || !second || !third || !last) throw new Error('too few');
      const late = { code: 'record-unavailable' };
      const refused = [expect(commitIssuance(first)).rejects.toMatchObject(late)];
      await vi.advanceTimersByTimeAsync(6000);
      refused.push(expect(commitIssuance(second)).rejects.toMatchObject(late));
      await vi.advanceTimersByTimeAsync(5000);
      // The turn of the lost request is over. The next request runs a batch with those that wait.
      const going = commitIssuance(third);
      expect(batches.map(({ serials }) => serials)).toEqual([['c0'], ['c1', 'c2']]);
      await vi.advanceTimersByTimeAsync(6000);
      batches[1]?.open();
      expect(await going).toBe('committed');
      await Promise.all(refused);
      // That the first one comes back after all changes nothing.
      batches[0]?.open();
      await vi.advanceTimersByTimeAsync(1);
      const next = commitIssuance(last);
      await vi.advanceTimersByTimeAsync(1);
      expect(batches[2]?.serials).toEqual(['c3']);
      batches[2]?.open();
      expect(await next).toBe('committed');
    });
  });
});

describe('a queue on the database', () => {
  let db: D1Database;
  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
  });

  function makeQueue(on: D1Database) {
    const store = createIssuanceStore(on);
    return createCommitQueue({ store, clock: () => Date.now(), keepAlive: () => {} });
  }

  async function countDone(): Promise<number | null> {
    return db
      .prepare(
        `SELECT COUNT(*) AS n FROM certificates JOIN audit_events
         ON target = serial AND action = 'certificate.issue' AND outcome = 'done'`,
      )
      .first<number>('n');
  }

  it('commits many issuances in few round trips, each with its own event', async () => {
    const { db: counted, calls } = instrument(db);
    const outcomes = await Promise.all(
      (await makeCommits(100)).map(makeQueue(counted).commitIssuance),
    );
    expect(new Set(outcomes)).toEqual(new Set(['committed']));
    expect(calls.count).toBe(3);
    expect(await countDone()).toBe(100);
    expect(await countRows(db, 'audit_events')).toBe(101);
  });

  it('commits the others of a batch if one is refused', async () => {
    const { commitIssuance } = makeQueue(db);
    const revocations = createRevocationStore(db);
    const blocked = 'bb'.repeat(32);
    await commitIssuance(await makeCommit('e0', { publicKeyIdHex: blocked }));
    await revocations.commitRevocation(makeRevocation('e0', { reason: 1 }));
    await commitIssuance(await makeCommit('e1', {}, SUBJECT));
    const ungranted = {
      ...(await makeCommit('f4')),
      grant: { accessKeyId: 'ak-none', scope: 'certificates:Issue' as const },
    };
    const commits = [
      await makeCommit('f0'),
      await makeCommit('f1'),
      await makeCommit('f2', { publicKeyIdHex: blocked }),
      await makeCommit('f3', {}, SUBJECT),
      ungranted,
      await makeCommit('e1', { subject: 'CN=another', certificateDer: Uint8Array.of(0x30, 0) }),
      { ...(await makeCommit('f6')), issuerChainSha256Hex: 'other' },
      await makeCommit('f7', {}, 'MAA='),
    ];
    const { db: counted, calls } = instrument(db);
    const outcomes = await Promise.allSettled(commits.map(makeQueue(counted).commitIssuance));
    expect(
      outcomes.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.code)),
    ).toEqual([
      'committed',
      'committed',
      'key-blocked',
      'subject-held',
      'unknown-access-key',
      'serial-taken',
      'authority-changed',
      'committed',
    ]);
    // Two batches and an explanation for each of five refusals.
    expect(calls.count).toBe(2 + 5);
    const events = await db
      .prepare(
        "SELECT target || ' ' || outcome AS event FROM audit_events WHERE target LIKE 'f%' ORDER BY target",
      )
      .all<{ event: string }>();
    expect(events.results.map(({ event }) => event)).toEqual([
      'f0 done',
      'f1 done',
      'f2 refused',
      'f3 refused',
      'f7 done',
    ]);
    expect(await countRows(db, 'certificates')).toBe(5);
    expect(await countDone()).toBe(5);
    const holders = await db.prepare('SELECT serial FROM subject_holders ORDER BY serial').raw();
    expect(holders).toEqual([['e1'], ['f7']]);
  });

  it('issues one certificate to 100 concurrent requests for one unique subject', async () => {
    const commits = await makeCommits(100, SUBJECT);
    const outcomes = await Promise.all(commits.map(makeQueue(db).commitIssuance));
    expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'subject-held')).toHaveLength(99);
    expect(await countRows(db, 'certificates')).toBe(1);
    const refused = await db
      .prepare("SELECT COUNT(*) AS n FROM audit_events WHERE outcome = 'refused'")
      .first('n');
    expect(refused).toBe(99);
  });

  it.each(['before', 'after'] as const)(
    'returns no certificate of a batch if D1 fails %s it',
    async (when) => {
      const faulty = instrument(db);
      faulty.failAt(2, when);
      const queue = makeQueue(faulty.db);
      const outcomes = await Promise.allSettled(
        (await makeCommits(10)).map((commit) => queue.commitIssuance(commit)),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const each of outcomes) {
        if (each.status === 'rejected') expect(each.reason.code).toBe('record-unavailable');
      }
      expect(await countDone()).toBe(when === 'before' ? 1 : 10);
      expect(await queue.commitIssuance(await makeCommit('d1'))).toBe('committed');
    },
  );
});

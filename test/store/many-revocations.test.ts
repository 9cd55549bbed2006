import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ManyCommit, ManyPosition } from '../../src/revocation/revoke-many.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import {
  createManyRevocationStore,
  MANY_BY_ACCOUNT_SQL,
  MANY_BY_KEY_SQL,
  MANY_SQL,
} from '../../src/store/many-revocations.ts';
import { createReleaseStore, RELEASE_SQL } from '../../src/store/release.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  addAuthority,
  countRows,
  instrument,
  makeEvent,
  makeIssuance,
  makeRevocation,
  NOW_SECONDS,
  openDatabaseWithAuthority,
} from './database.ts';

const HOLD = 6;
const KEYS = ['aa'.repeat(32), 'bb'.repeat(32)];
const ACCOUNTS = ['root', 'acct-1', 'acct-2'];
const AUTHORITIES = ['default', 'other'];

function makeCommit(overrides: Partial<ManyCommit> = {}): ManyCommit {
  return {
    scope: { by: 'key', id: KEYS[0] ?? '' },
    authorityId: null,
    after: null,
    limit: 1000,
    revokedAtSeconds: NOW_SECONDS,
    reason: 4,
    invalidityDateSeconds: null,
    accountId: 'root',
    check: { grant: null, nowSeconds: NOW_SECONDS },
    audit: { ...makeEvent('certificate.revoke', ''), authorityId: null, target: null },
    ...overrides,
  };
}

interface Row {
  readonly serial: string;
  readonly authority_id: string;
  readonly reason: number;
  readonly revision: number;
}

describe('revoking many certificates', () => {
  let db: D1Database;
  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
    await addAuthority(db, 'other');
    for (const id of ACCOUNTS.slice(1)) {
      await db
        .prepare('INSERT INTO accounts (id, name, created_at_ms) VALUES (?1, ?1, 0)')
        .bind(id)
        .run();
    }
  });

  const issue = async (
    serialHex: string,
    overrides: Parameters<typeof makeIssuance>[0] = {},
  ): Promise<unknown> =>
    createIssuanceStore(db).commitIssuance(await makeIssuance({ serialHex, ...overrides }));
  const revokeMany = (overrides?: Partial<ManyCommit>, on = db) =>
    createManyRevocationStore(on).commitMany(makeCommit(overrides));
  const revoke = (serialHex: string, reason: number, authorityId = 'default') =>
    createRevocationStore(db).commitRevocation(makeRevocation(serialHex, { reason, authorityId }));

  async function listRevoked(): Promise<readonly Row[]> {
    const { results } = await db
      .prepare('SELECT serial, authority_id, reason, revision FROM revocations ORDER BY serial')
      .all<Row & Record<string, unknown>>();
    return results;
  }

  it('revokes all certificates of a key in one round trip, with one revision and an event each', async () => {
    for (const serial of ['a1', 'a2', 'a3']) await issue(serial);
    await issue('b1', { publicKeyIdHex: KEYS[1] ?? null });
    await issue('c1', { authorityId: 'other' });
    await db.prepare("UPDATE certificates SET crl_partition = 5 WHERE serial = 'a2'").run();
    await db.prepare("UPDATE certificates SET crl_partition = NULL WHERE serial = 'a3'").run();
    const events = await countRows(db, 'audit_events');
    const { db: counted, calls } = instrument(db);
    const outcome = await revokeMany({}, counted);
    expect(calls.count).toBe(1);
    expect(outcome.next).toBeNull();
    expect(outcome.revoked).toHaveLength(4);
    expect(outcome.revoked).toContainEqual({
      revision: 1,
      authorityId: 'default',
      serialHex: 'a2',
      crlPartition: 5,
    });
    expect(outcome.revoked).toContainEqual({
      revision: 1,
      authorityId: 'default',
      serialHex: 'a3',
      crlPartition: null,
    });
    expect(await listRevoked()).toEqual([
      { serial: 'a1', authority_id: 'default', reason: 4, revision: 1 },
      { serial: 'a2', authority_id: 'default', reason: 4, revision: 1 },
      { serial: 'a3', authority_id: 'default', reason: 4, revision: 1 },
      { serial: 'c1', authority_id: 'other', reason: 4, revision: 1 },
    ]);
    const { results } = await db
      .prepare(
        "SELECT authority_id, target FROM audit_events WHERE action = 'certificate.revoke' ORDER BY target",
      )
      .all();
    expect(results).toEqual([
      { authority_id: 'default', target: 'a1' },
      { authority_id: 'default', target: 'a2' },
      { authority_id: 'default', target: 'a3' },
      { authority_id: 'other', target: 'c1' },
    ]);
    expect(await countRows(db, 'blocked_keys')).toBe(0);
    expect(await countRows(db, 'audit_events')).toBe(events + 4);
  });

  it('leaves out the certificates of authorities', async () => {
    await issue('a1');
    await issue('a2');
    await db
      .prepare("INSERT INTO authority_certificates VALUES ('other', 'default', 'a2', 'sub-ca')")
      .run();
    await revokeMany({ scope: { by: 'account', id: 'root' } });
    expect((await listRevoked()).map(({ serial }) => serial)).toEqual(['a1']);
  });

  it('blocks a key without certificates to revoke, with an event, but only for its owner', async () => {
    await issue('a1', { accountId: 'acct-1' });
    await revoke('a1', 4);
    const events = await countRows(db, 'audit_events');
    await expect(revokeMany({ reason: 1, accountId: 'acct-2' })).rejects.toMatchObject({
      code: 'certificate-not-found',
    });
    expect(await countRows(db, 'blocked_keys')).toBe(0);
    expect(await countRows(db, 'audit_events')).toBe(events);
    await revokeMany({ reason: 1, accountId: 'acct-1' });
    await revokeMany({ reason: 1, accountId: 'acct-1' });
    expect(await countRows(db, 'blocked_keys')).toBe(1);
    expect(await countRows(db, 'audit_events')).toBe(events + 1);
  });

  it('blocks every key of an account', async () => {
    await issue('a1', { accountId: 'acct-1' });
    await issue('a2', { accountId: 'acct-1', publicKeyIdHex: KEYS[1] ?? null });
    await issue('a3', { accountId: 'acct-2', publicKeyIdHex: 'cc'.repeat(32) });
    await revokeMany({ reason: 1, scope: { by: 'account', id: 'acct-1' } });
    const { results } = await db.prepare('SELECT public_key_id FROM blocked_keys').all();
    expect(results.map((row) => row.public_key_id).sort()).toEqual(KEYS);
  });

  it('throws account-not-found for an unknown account', async () => {
    await expect(revokeMany({ scope: { by: 'account', id: 'acct-x' } })).rejects.toMatchObject({
      code: 'account-not-found',
    });
  });

  it('turns a hold into a revocation and marks its chunks stale', async () => {
    await issue('a1');
    await issue('a2');
    await revoke('a1', HOLD);
    await revoke('a2', 1);
    await db
      .prepare(
        `INSERT INTO crl_chunks
         (id, authority_id, crl_partition, first_revision, last_revision, entries, bytes, body)
         VALUES ('held', 'default', -1, 1, 1, 1, 1, ''), ('later', 'default', -1, 2, 2, 1, 1, ''),
           ('foreign', 'other', -1, 1, 1, 1, 1, '')`,
      )
      .run();
    await revokeMany();
    expect(await listRevoked()).toMatchObject([
      { serial: 'a1', reason: 4, revision: 3 },
      { serial: 'a2', reason: 1, revision: 2 },
    ]);
    const { results } = await db.prepare('SELECT id FROM crl_chunks WHERE stale = 1').all();
    expect(results).toEqual([{ id: 'held' }]);
    const { results: removals } = await db
      .prepare('SELECT id, removals FROM authorities ORDER BY id')
      .all();
    expect(removals).toEqual([
      { id: 'default', removals: 1 },
      { id: 'other', removals: 0 },
    ]);
  });

  it.each(['before', 'after'] as const)(
    'says that the record is unavailable where D1 fails %s the batch, and is whole',
    async (when) => {
      for (const serial of ['a1', 'a2', 'a3']) await issue(serial);
      const events = await countRows(db, 'audit_events');
      const faulty = instrument(db);
      faulty.failAt(1, when);
      await expect(revokeMany({}, faulty.db)).rejects.toMatchObject({ code: 'record-unavailable' });
      const written = when === 'before' ? 0 : 3;
      expect(await listRevoked()).toHaveLength(written);
      expect(await countRows(db, 'audit_events')).toBe(events + written);
      // A second call completes the rest.
      expect((await revokeMany()).revoked).toHaveLength(3 - written);
      expect(await countRows(db, 'audit_events')).toBe(events + 3);
    },
  );

  it('writes nothing if it fails in the middle', async () => {
    await issue('a1');
    await db.prepare('ALTER TABLE audit_events RENAME TO gone').run();
    await expect(revokeMany({ reason: 1 })).rejects.toMatchObject({ code: 'record-unavailable' });
    expect(await listRevoked()).toEqual([]);
    expect(await countRows(db, 'blocked_keys')).toBe(0);
    const revision = await db
      .prepare("SELECT revocation_revision FROM authorities WHERE id = 'default'")
      .first('revocation_revision');
    expect(revision).toBe(0);
  });

  it('writes nothing for an access key without the scope', async () => {
    await issue('a1');
    const grant = { accessKeyId: 'ak-none', scope: 'certificates:Revoke' } as const;
    const check = { grant, nowSeconds: NOW_SECONDS };
    await expect(revokeMany({ check, reason: 1 })).rejects.toMatchObject({
      code: 'unknown-access-key',
    });
    expect(await listRevoked()).toEqual([]);
    expect(await countRows(db, 'blocked_keys')).toBe(0);
  });

  /** The state that the database must have, in the simplest form. */
  interface Known {
    readonly key: number;
    readonly account: number;
    readonly authority: number;
    readonly isExpired: boolean;
    reason: number | null;
    /** The account that revoked it: only root may release a hold by root. */
    actor: number;
  }

  it('does what a model does in random sequences', async () => {
    const certificate = fc.record({
      key: fc.nat(1),
      account: fc.nat(2),
      authority: fc.nat(1),
      isExpired: fc.boolean(),
      lifetime: fc.nat(2),
    });
    const act = fc.record({
      kind: fc.constantFrom('revoke', 'release', 'key', 'account'),
      target: fc.nat(9),
      reason: fc.constantFrom(0, 1, 4, HOLD),
      actor: fc.nat(2),
      authority: fc.option(fc.nat(1), { nil: null }),
      limit: fc.integer({ min: 1, max: 3 }),
    });
    const run = fc.asyncProperty(
      fc.array(certificate, { minLength: 1, maxLength: 10 }),
      fc.array(act, { minLength: 1, maxLength: 8 }),
      async (certificates, acts) => {
        for (const table of ['certificates', 'revocations', 'released_holds', 'blocked_keys']) {
          await db.prepare(`DELETE FROM ${table}`).run();
        }
        const model: Known[] = [];
        for (const [index, made] of certificates.entries()) {
          await issue(`e${index}`, {
            publicKeyIdHex: KEYS[made.key] ?? null,
            accountId: ACCOUNTS[made.account] ?? '',
            authorityId: AUTHORITIES[made.authority] ?? '',
            notAfterSeconds: NOW_SECONDS + (made.isExpired ? -1 : made.lifetime),
          });
          model.push({ ...made, reason: null, actor: 0 });
        }
        for (const { kind, target, reason, actor, authority, limit } of acts) {
          const accountId = ACCOUNTS[actor] ?? '';
          const sees = (known: Known) => actor === 0 || known.account === actor;
          if (kind === 'revoke' || kind === 'release') {
            const index = target % model.length;
            const known = model[index];
            if (known === undefined) throw new Error('no certificate');
            const named = { authorityId: AUTHORITIES[known.authority] ?? '', accountId };
            if (kind === 'revoke') {
              await createRevocationStore(db).commitRevocation(
                makeRevocation(`e${index}`, { ...named, reason }),
              );
              const changes = known.reason === null || (known.reason === HOLD && reason !== HOLD);
              if (sees(known) && changes) Object.assign(known, { reason, actor });
            } else {
              await createReleaseStore(db).commitRelease({
                ...named,
                serialHex: `e${index}`,
                uniqueSubject: null,
                releasedAtSeconds: NOW_SECONDS,
                grant: null,
                audit: makeEvent('certificate.release', `e${index}`),
              });
              const mayRelease = actor === 0 || known.actor === actor;
              if (sees(known) && mayRelease && known.reason === HOLD) known.reason = null;
            }
            continue;
          }
          const final = reason === HOLD ? 4 : reason;
          const pick = kind === 'key' ? target % 2 : target % 3;
          const id = (kind === 'key' ? KEYS[pick] : ACCOUNTS[pick]) ?? '';
          const order = {
            scope: { by: kind, id },
            authorityId: authority === null ? null : (AUTHORITIES[authority] ?? ''),
            accountId,
            reason: final,
            limit,
          };
          const seesKey = model.some((known) => known.key === pick && sees(known));
          if (kind === 'key' && final === 1 && actor !== 0 && !seesKey) {
            await expect(revokeMany(order)).rejects.toMatchObject({
              code: 'certificate-not-found',
            });
            continue;
          }
          let after: ManyPosition | null = null;
          do {
            const outcome: Awaited<ReturnType<typeof revokeMany>> = await revokeMany({
              ...order,
              after,
            });
            expect(outcome.revoked.length).toBeLessThanOrEqual(limit);
            after = outcome.next;
          } while (after !== null);
          for (const known of model) {
            const isMeant = pick === (kind === 'key' ? known.key : known.account);
            const isOpen = known.reason === null || known.reason === HOLD;
            const isThere = authority === null || known.authority === authority;
            if (sees(known) && isMeant && isOpen && isThere && !known.isExpired) {
              known.reason = final;
            }
          }
        }
        const rows = await listRevoked();
        const expected = model.flatMap(({ reason, authority }, index) =>
          reason === null
            ? []
            : [{ serial: `e${index}`, authority_id: AUTHORITIES[authority], reason }],
        );
        expect(rows.map(({ revision: _, ...row }) => row)).toEqual(expected);
        const both = await db
          .prepare(
            'SELECT COUNT(*) AS n FROM revocations JOIN released_holds USING (authority_id, serial)',
          )
          .first('n');
        expect(both).toBe(0);
      },
    );
    await fc.assert(run, { numRuns: 25 });
  });

  describe('query plans', () => {
    const SQL = Object.entries({ MANY_BY_KEY_SQL, MANY_BY_ACCOUNT_SQL, MANY_SQL, RELEASE_SQL });
    const all = SQL.flatMap(([table, statements]) =>
      Object.entries(statements).map(([name, { sql }]) => [`${table}.${name}`, sql] as const),
    );

    async function explain(sql: string): Promise<string[]> {
      const parameters = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map(([, n]) => Number(n)));
      const { results } = await db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(...Array.from({ length: parameters }, () => '1'))
        .all<{ detail: string }>();
      return results.map(({ detail }) => detail);
    }

    it.each(all)('%s scans no table', async (_, sql) => {
      const scans = (await explain(sql)).filter((step) => step.startsWith('SCAN'));
      const harmless =
        /^SCAN (CONSTANT ROW|chosen|place|held|\(subquery-\d+\)|\w+ (EXISTS )?VIRTUAL TABLE INDEX \d+:)/;
      expect(scans.filter((step) => !harmless.test(step))).toEqual([]);
    });

    it.each([
      ['certificates_by_key (public_key_id=? AND not_after_s>?)', MANY_BY_KEY_SQL],
      ['certificates_by_account (account_id=? AND not_after_s>?)', MANY_BY_ACCOUNT_SQL],
    ])(
      'searches by %s, in the order of the index',
      async (index, { select, insertRevocations }) => {
        for (const { sql } of [select, insertRevocations]) {
          expect((await explain(sql)).join('\n')).toContain(index);
        }
        expect((await explain(insertRevocations.sql)).join('\n')).not.toContain('TEMP B-TREE');
      },
    );
  });
});

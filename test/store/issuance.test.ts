import { beforeEach, describe, expect, it } from 'vitest';
import { createCertificateStore } from '../../src/store/certificate.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  countRows,
  instrument,
  makeIssuance,
  makeRevocation,
  NOW_MS,
  NOW_SECONDS,
  openDatabaseWithAuthority,
  ROOT_ACCESS,
} from './database.ts';

const SUBJECT = 'MAsxCTAHBgNVBAMMAWE=';

describe('createIssuanceStore', () => {
  let db: D1Database;
  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
  });

  async function listIssueEvents() {
    const { results } = await db
      .prepare(
        "SELECT outcome, target, detail FROM audit_events WHERE action = 'certificate.issue'",
      )
      .all<{ outcome: string; target: string; detail: string }>();
    return results;
  }

  it('records certificate and event in one round trip', async () => {
    const { db: counted, calls } = instrument(db);
    const commit = await makeIssuance();
    expect(await createIssuanceStore(counted).commitIssuance(commit)).toBe('committed');
    expect(calls.count).toBe(1);
    const found = await createCertificateStore(db).findCertificates('a1', null, ROOT_ACCESS);
    expect(found).toMatchObject([{ ...commit.certificate, revocation: null }]);
    expect(await db.prepare('SELECT crl_partition FROM certificates').first('crl_partition')).toBe(
      3,
    );
    expect(await listIssueEvents()).toEqual([
      { outcome: 'done', target: 'a1', detail: '{"subject":"CN=a"}' },
    ]);
    expect(await countRows(db, 'subject_holders')).toBe(0);
  });

  it('returns serial-taken and leaves the first certificate as it is', async () => {
    const store = createIssuanceStore(db);
    await store.commitIssuance(await makeIssuance({ subject: 'CN=first' }));
    const certificateDer = Uint8Array.of(0x30, 0x02, 0x05, 0x00);
    const second = await makeIssuance({ subject: 'CN=second', certificateDer }, SUBJECT);
    expect(await store.commitIssuance(second)).toBe('serial-taken');
    const found = await createCertificateStore(db).findCertificates('a1', 'default', ROOT_ACCESS);
    expect(found.map(({ subject }) => subject)).toEqual(['CN=first']);
    expect(await listIssueEvents()).toHaveLength(1);
    expect(await countRows(db, 'subject_holders')).toBe(0);
  });

  it.each([
    "UPDATE authorities SET state = 'disabled'",
    "UPDATE authorities SET certificate_sha256 = 'other'",
    'DELETE FROM authorities',
  ])('returns authority-changed after %s', async (change) => {
    await db.prepare(change).run();
    const outcome = await createIssuanceStore(db).commitIssuance(await makeIssuance({}, SUBJECT));
    expect(outcome).toBe('authority-changed');
    expect(await countRows(db, 'certificates')).toBe(0);
    expect(await countRows(db, 'subject_holders')).toBe(0);
    expect(await listIssueEvents()).toEqual([]);
  });

  it('refuses a blocked key for every API, with an audit event', async () => {
    const store = createIssuanceStore(db);
    await store.commitIssuance(await makeIssuance());
    await createRevocationStore(db).commitRevocation(makeRevocation('a1', { reason: 1 }));
    expect(await store.commitIssuance(await makeIssuance({ serialHex: 'b2' }))).toBe('key-blocked');
    expect(await store.commitIssuance(await makeIssuance({ serialHex: 'b3' }, SUBJECT))).toBe(
      'key-blocked',
    );
    expect(await countRows(db, 'certificates')).toBe(1);
    expect((await listIssueEvents()).slice(1)).toEqual([
      { outcome: 'refused', target: 'b2', detail: '{"subject":"CN=a","reason":"key-blocked"}' },
      { outcome: 'refused', target: 'b3', detail: '{"subject":"CN=a","reason":"key-blocked"}' },
    ]);
  });

  it('records one refusal, for the key, if the subject is held, too', async () => {
    const store = createIssuanceStore(db);
    await store.commitIssuance(await makeIssuance());
    await createRevocationStore(db).commitRevocation(makeRevocation('a1', { reason: 1 }));
    await store.commitIssuance(
      await makeIssuance({ serialHex: 'b2', publicKeyIdHex: 'bb'.repeat(32) }, SUBJECT),
    );
    expect(await store.commitIssuance(await makeIssuance({ serialHex: 'b3' }, SUBJECT))).toBe(
      'key-blocked',
    );
    const refused = (await listIssueEvents()).filter(({ outcome }) => outcome === 'refused');
    expect(refused).toHaveLength(1);
  });

  it('lets one certificate hold a subject until it is revoked', async () => {
    const store = createIssuanceStore(db);
    await store.commitIssuance(await makeIssuance({}, SUBJECT));
    const second = await makeIssuance({ serialHex: 'b2' }, SUBJECT);
    expect(await store.commitIssuance(second)).toBe('subject-held');
    expect((await listIssueEvents()).at(-1)).toEqual({
      outcome: 'refused',
      target: 'b2',
      detail: '{"subject":"CN=a","reason":"subject-held"}',
    });
    await createRevocationStore(db).commitRevocation(makeRevocation('a1'));
    expect(await store.commitIssuance(second)).toBe('committed');
  });

  it('frees a subject one second after notAfter', async () => {
    const store = createIssuanceStore(db);
    const notAfterSeconds = NOW_SECONDS + 10;
    await store.commitIssuance(await makeIssuance({ notAfterSeconds }, SUBJECT));
    const late = (ms: number) =>
      makeIssuance({ serialHex: 'b2', issuedAtMs: NOW_MS + ms }, SUBJECT);
    expect(await store.commitIssuance(await late(10_999))).toBe('subject-held');
    expect(await store.commitIssuance(await late(11_000))).toBe('committed');
  });

  it('issues one certificate for 100 concurrent requests with one subject', async () => {
    const store = createIssuanceStore(db);
    const commits = await Promise.all(
      Array.from({ length: 100 }, (_, i) => makeIssuance({ serialHex: `c${i}` }, SUBJECT)),
    );
    const outcomes = await Promise.all(commits.map((commit) => store.commitIssuance(commit)));
    expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'subject-held')).toHaveLength(99);
    expect(await countRows(db, 'certificates')).toBe(1);
    const events = await listIssueEvents();
    expect(events.filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
    expect(events.filter(({ outcome }) => outcome === 'refused')).toHaveLength(99);
  });

  it.each(['before', 'after'] as const)('throws if D1 fails %s the batch', async (when) => {
    const faulty = instrument(db);
    faulty.failAt(1, when);
    const committing = createIssuanceStore(faulty.db).commitIssuance(await makeIssuance());
    await expect(committing).rejects.toMatchObject({ code: 'record-unavailable', status: 503 });
    const written = when === 'before' ? 0 : 1;
    expect(await countRows(db, 'certificates')).toBe(written);
    expect(await listIssueEvents()).toHaveLength(written);
  });

  it('writes no certificate if its event cannot be written', async () => {
    await db.prepare('DROP TABLE audit_events').run();
    const committing = createIssuanceStore(db).commitIssuance(await makeIssuance({}, SUBJECT));
    await expect(committing).rejects.toMatchObject({ code: 'record-unavailable' });
    expect(await countRows(db, 'certificates')).toBe(0);
    expect(await countRows(db, 'subject_holders')).toBe(0);
  });

  describe('with an instance and a nonce', () => {
    const INSTANCE = 'cas_deposit-cn-1234abcd';
    beforeEach(async () => {
      await db
        .prepare(
          `INSERT INTO external_ca_instances
           (id, account_id, authority_id, state, max_validity_days, max_path_length, created_at_ms)
           SELECT ?1, id, 'default', 'BUY', 1, 0, 0 FROM accounts WHERE id = 'root'`,
        )
        .bind(INSTANCE)
        .run();
    });

    async function makeCommit(serialHex: string, requestId: string, parts = {}) {
      const usedAtSeconds = NOW_SECONDS;
      return {
        ...(await makeIssuance({ serialHex })),
        identifier: `id-${serialHex}`,
        instanceId: INSTANCE,
        nonce: { accessKeyId: 'ak-1', nonce: 'n', requestId, usedAtSeconds },
        ...parts,
      };
    }

    const readInstance = () =>
      db.prepare('SELECT state, serial FROM external_ca_instances').first();

    it('uses both up in the same round trip', async () => {
      const { db: watched, calls } = instrument(db);
      const commit = await makeCommit('a1', 'r1');
      expect(await createIssuanceStore(watched).commitIssuance(commit)).toBe('committed');
      expect(calls.count).toBe(1);
      expect(await readInstance()).toEqual({ state: 'USED', serial: 'a1' });
      expect(await countRows(db, 'nonces')).toBe(1);
      expect(await countRows(db, 'certificate_identifiers')).toBe(1);
      // Only leaves are counted: they have no instance.
      const counted = db.prepare('SELECT SUM(total) AS n FROM cas_certificate_counts');
      expect(await counted.first('n')).toBe(0);
      expect(await listIssueEvents()).toHaveLength(1);
    });

    it('refuses a nonce that another request used, and an instance that is used', async () => {
      const store = createIssuanceStore(db);
      await store.commitIssuance(await makeCommit('a1', 'r1', { instanceId: null }));
      expect(await store.commitIssuance(await makeCommit('b2', 'r2'))).toBe('nonce-used');
      expect(await readInstance()).toEqual({ state: 'BUY', serial: null });
      expect(await store.commitIssuance(await makeCommit('b3', 'r1'))).toBe('committed');
      expect(await store.commitIssuance(await makeCommit('b4', 'r1'))).toBe('instance-used');
      expect(await countRows(db, 'certificates')).toBe(2);
      expect(await listIssueEvents()).toHaveLength(2);
    });

    it('uses the nonce up although the certificate is refused, and leaves the instance free', async () => {
      await db.prepare("UPDATE authorities SET state = 'disabled'").run();
      const store = createIssuanceStore(db);
      expect(await store.commitIssuance(await makeCommit('a1', 'r1'))).toBe('authority-changed');
      expect(await store.commitIssuance(await makeCommit('a2', 'r2'))).toBe('nonce-used');
      expect(await readInstance()).toEqual({ state: 'BUY', serial: null });
    });

    it('counts leaves by account', async () => {
      const store = createIssuanceStore(db);
      const leaves = ['c1', 'c2'].map((serialHex) =>
        makeCommit(serialHex, 'r1', { instanceId: null, nonce: null }),
      );
      await store.commitIssuances(await Promise.all(leaves));
      const { results } = await db
        .prepare('SELECT account_id, total FROM cas_certificate_counts ORDER BY account_id')
        .all();
      expect(results).toEqual([
        { account_id: '', total: 2 },
        { account_id: 'root', total: 2 },
      ]);
    });

    it('refuses the key of an authority', async () => {
      const publicKeyIdHex = 'cc'.repeat(32);
      await db.prepare('UPDATE authorities SET public_key_id = ?1').bind(publicKeyIdHex).run();
      const commit = await makeIssuance({ publicKeyIdHex });
      expect(await createIssuanceStore(db).commitIssuance(commit)).toBe('key-of-authority');
    });
  });
});

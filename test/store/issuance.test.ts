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

  it('answers serial-taken and leaves the first certificate as it is', async () => {
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
  ])('answers authority-changed after %s', async (change) => {
    await db.prepare(change).run();
    const outcome = await createIssuanceStore(db).commitIssuance(await makeIssuance({}, SUBJECT));
    expect(outcome).toBe('authority-changed');
    expect(await countRows(db, 'certificates')).toBe(0);
    expect(await countRows(db, 'subject_holders')).toBe(0);
    expect(await listIssueEvents()).toEqual([]);
  });

  it('refuses a blocked key by every door and records that', async () => {
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

  it('records one refusal, for the key, where the subject is held too', async () => {
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

  it('lets go of a subject one second after notAfter', async () => {
    const store = createIssuanceStore(db);
    const notAfterSeconds = NOW_SECONDS + 10;
    await store.commitIssuance(await makeIssuance({ notAfterSeconds }, SUBJECT));
    const late = (ms: number) =>
      makeIssuance({ serialHex: 'b2', issuedAtMs: NOW_MS + ms }, SUBJECT);
    expect(await store.commitIssuance(await late(10_999))).toBe('subject-held');
    expect(await store.commitIssuance(await late(11_000))).toBe('committed');
  });

  it('gives one certificate to 100 at once who ask for one subject', async () => {
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

  it.each(['before', 'after'] as const)('throws where D1 fails %s the batch', async (when) => {
    const faulty = instrument(db);
    faulty.failAt(1, when);
    const committing = createIssuanceStore(faulty.db).commitIssuance(await makeIssuance());
    await expect(committing).rejects.toMatchObject({ code: 'record-unavailable', status: 503 });
    const written = when === 'before' ? 0 : 1;
    expect(await countRows(db, 'certificates')).toBe(written);
    expect(await listIssueEvents()).toHaveLength(written);
  });

  it('writes no certificate where its event cannot be written', async () => {
    await db.prepare('DROP TABLE audit_events').run();
    const committing = createIssuanceStore(db).commitIssuance(await makeIssuance({}, SUBJECT));
    await expect(committing).rejects.toMatchObject({ code: 'record-unavailable' });
    expect(await countRows(db, 'certificates')).toBe(0);
    expect(await countRows(db, 'subject_holders')).toBe(0);
  });
});

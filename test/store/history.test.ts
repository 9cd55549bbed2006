import { beforeEach, describe, expect, it } from 'vitest';
import type { HistoryCommit, HistoryRow } from '../../src/authorities/store.ts';
import { NO_ENTRIES } from '../../src/lists/list-store.ts';
import { createCertificateStore } from '../../src/store/certificate.ts';
import { createCrlStore } from '../../src/store/crl.ts';
import { createHistoryStore } from '../../src/store/history.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  countRows,
  instrument,
  isSubjectHeld,
  makeEvent,
  makeIssuance,
  makeRevocation,
  NOW_MS,
  NOW_SECONDS,
  openDatabaseWithAuthority,
  ROOT_ACCESS,
} from './database.ts';
import { findRevision, listRevoked } from './list-revoked.ts';

const COMPLETE_LIST = { authorityId: 'default', crlPartition: -1 };

const SUBJECT = 'MAsxCTAHBgNVBAMMAWE=';
const REVOKED = { revokedAtSeconds: NOW_SECONDS - 50, reason: 0, invalidityDateSeconds: null };

function makeRow(serialHex: string, overrides: Partial<HistoryRow> = {}): HistoryRow {
  return {
    serialHex,
    subject: `CN=${serialHex}`,
    uniqueSubject: null,
    caName: null,
    publicKeyIdHex: null,
    certificateDer: null,
    notBeforeSeconds: NOW_SECONDS - 100,
    notAfterSeconds: NOW_SECONDS + 100,
    revocation: null,
    terms: [],
    ...overrides,
  };
}

function makeImport(
  rows: readonly HistoryRow[],
  lastCrlNumber: number | null = null,
): HistoryCommit {
  return {
    authorityId: 'default',
    accountId: 'root',
    importedAtMs: NOW_MS,
    rows,
    lastCrlNumber,
    grant: null,
    audit: makeEvent('certificate.import', 'default'),
  };
}

describe('createHistoryStore', () => {
  let db: D1Database;
  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
  });

  it('imports certificates, revocations and the CRL number in one round trip', async () => {
    const { db: counted, calls } = instrument(db);
    const rows = [
      makeRow('a1', { certificateDer: Uint8Array.of(0x30, 0x00), publicKeyIdHex: 'cc' }),
      makeRow('a2', { revocation: REVOKED }),
      makeRow('a3', {
        publicKeyIdHex: 'dd',
        revocation: { ...REVOKED, reason: 1, invalidityDateSeconds: 7 },
      }),
    ];
    expect(await createHistoryStore(counted).commitHistory(makeImport(rows, 4096))).toEqual({
      certificates: 3,
      revocations: 2,
    });
    expect(calls.count).toBe(1);
    const [first] = await createCertificateStore(db).findCertificates('a1', 'default', ROOT_ACCESS);
    expect(first).toMatchObject({
      subject: 'CN=a1',
      origin: 'import',
      certificateDer: Uint8Array.of(0x30, 0x00),
      publicKeyIdHex: 'cc',
      notBeforeSeconds: NOW_SECONDS - 100,
      notAfterSeconds: NOW_SECONDS + 100,
      issuedAtMs: NOW_MS,
      revocation: null,
    });
    const listed = await listRevoked(db, 'default');
    expect(listed.revision).toBe(2);
    expect(listed.entries.map(({ serialHex, reason }) => [serialHex, reason])).toEqual([
      ['a2', 0],
      ['a3', 1],
    ]);
    expect(await createCrlStore(db).findList(COMPLETE_LIST, NO_ENTRIES)).toMatchObject({
      list: null,
      lastNumber: 4096,
    });
    const blocked = await db.prepare('SELECT public_key_id FROM blocked_keys').all();
    expect(blocked.results).toEqual([{ public_key_id: 'dd' }]);
    // One event for the new authority, one for the import.
    expect(await countRows(db, 'audit_events')).toBe(2);
  });

  it('reserves the names of CAs, also for several keys and twice', async () => {
    const rows = ['cc', 'dd'].map((publicKeyIdHex) =>
      makeRow(`c${publicKeyIdHex}`, { publicKeyIdHex, caName: 'a CA' }),
    );
    for (const _ of ['once', 'twice']) {
      await createHistoryStore(db).commitHistory(makeImport([...rows, makeRow('a1')]));
    }
    const { results } = await db
      .prepare("SELECT public_key_id, lineage FROM ca_names WHERE name = 'a CA'")
      .all();
    expect(results).toEqual([
      { public_key_id: 'cc', lineage: null },
      { public_key_id: 'dd', lineage: null },
    ]);
    const leaf = { ...(await makeIssuance({ serialHex: 'e1' })), subjectKey: 'a CA' };
    expect(await createIssuanceStore(db).commitIssuance(leaf)).toBe('name-of-ca');
  });

  it('changes nothing the second time', async () => {
    const store = createHistoryStore(db);
    const commit = makeImport([makeRow('a1'), makeRow('a2', { revocation: REVOKED })], 9);
    await store.commitHistory(commit);
    expect(await store.commitHistory(commit)).toEqual({ certificates: 0, revocations: 0 });
    expect(await createCrlStore(db).findList(COMPLETE_LIST, NO_ENTRIES)).toMatchObject({
      revision: 1,
      lastNumber: 9,
    });
    expect(await createRevocationStore(db).commitRevocation(makeRevocation('a1'))).toMatchObject({
      kind: 'revoked',
    });
    await store.commitHistory(commit);
    expect((await listRevoked(db, 'default')).entries).toHaveLength(2);
  });

  it('gives every revocation its own revision, also across chunks', async () => {
    const certificateDer = new Uint8Array(300_000);
    const rows = Array.from({ length: 12 }, (_, i) =>
      makeRow(`b${i.toString(16)}`, {
        certificateDer,
        revocation: i % 3 === 0 ? null : REVOKED,
      }),
    );
    expect(
      await createHistoryStore(db).commitHistory(makeImport([...rows, makeRow('b0')])),
    ).toEqual({ certificates: 12, revocations: 8 });
    const { results } = await db
      .prepare('SELECT revision FROM revocations ORDER BY revision')
      .all<{ revision: number }>();
    expect(results.map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await findRevision(db, 'default')).toBe(8);
  });

  it('finds serial numbers recorded with another certificate', async () => {
    await createIssuanceStore(db).commitIssuance(await makeIssuance());
    const store = createHistoryStore(db);
    const same = makeRow('a1', { certificateDer: Uint8Array.of(0x30, 0x00) });
    const other = makeRow('a1', { certificateDer: Uint8Array.of(0x30, 0x01, 0x00) });
    expect(await store.findConflicts('default', [same, makeRow('a2')], ROOT_ACCESS)).toEqual([]);
    expect(await store.findConflicts('default', [makeRow('a1')], ROOT_ACCESS)).toEqual([]);
    expect(await store.findConflicts('default', [makeRow('a2'), other], ROOT_ACCESS)).toEqual([
      'a1',
    ]);
    expect(await store.findConflicts('other', [other], ROOT_ACCESS)).toEqual([]);
    expect(await store.findConflicts('default', [], ROOT_ACCESS)).toEqual([]);
  });

  it('lets a valid imported certificate hold its subject', async () => {
    const history = createHistoryStore(db);
    const isHeld = () => isSubjectHeld(db, SUBJECT);
    const expired = makeRow('a1', {
      uniqueSubject: SUBJECT,
      notAfterSeconds: NOW_SECONDS - 1,
    });
    await history.commitHistory(makeImport([expired]));
    expect(await isHeld()).toBe(false);
    await history.commitHistory(makeImport([makeRow('a2', { uniqueSubject: SUBJECT })]));
    expect(await isHeld()).toBe(true);
    await createRevocationStore(db).commitRevocation(makeRevocation('a2'));
    expect(await isHeld()).toBe(false);

    // The old index calls a2 valid, but a certificate revoked here stays revoked and holds no subject.
    await history.commitHistory(makeImport([makeRow('a2', { uniqueSubject: SUBJECT })]));
    expect(await isHeld()).toBe(false);
    const shorter = { uniqueSubject: SUBJECT, notAfterSeconds: NOW_SECONDS + 1 };
    await history.commitHistory(makeImport([makeRow('a3', shorter)]));
    expect(await isHeld()).toBe(true);
    await history.commitHistory(makeImport([makeRow('a2', { uniqueSubject: SUBJECT })]));
    expect(await isHeld()).toBe(true);
  });

  it('completes an entry that was imported without its certificate, and nothing else', async () => {
    const store = createHistoryStore(db);
    const bare = makeRow('a1', { subject: '/CN=a', revocation: { ...REVOKED, reason: 1 } });
    const certificateDer = Uint8Array.of(0x30, 0x00);
    const whole = makeRow('a1', { certificateDer, publicKeyIdHex: 'cc', notAfterSeconds: 9 });
    await store.commitHistory(makeImport([bare]));
    expect(await countRows(db, 'blocked_keys')).toBe(0);
    expect(await store.commitHistory(makeImport([whole]))).toEqual({
      certificates: 1,
      revocations: 0,
    });
    const [found] = await createCertificateStore(db).findCertificates('a1', 'default', ROOT_ACCESS);
    expect(found).toMatchObject({
      subject: 'CN=a1',
      certificateDer,
      publicKeyIdHex: 'cc',
      notAfterSeconds: 9,
      revocation: { reason: 1 },
    });
    // The revocation was recorded before the key was known.
    expect(await countRows(db, 'blocked_keys')).toBe(1);
    const other = makeRow('a1', { subject: 'CN=other', publicKeyIdHex: 'dd' });
    expect(await store.commitHistory(makeImport([other, bare]))).toEqual({
      certificates: 0,
      revocations: 0,
    });
    const [kept] = await createCertificateStore(db).findCertificates('a1', 'default', ROOT_ACCESS);
    expect(kept).toEqual(found);
  });

  it('takes expiry and key of a revoked certificate from the database', async () => {
    const store = createHistoryStore(db);
    const whole = { certificateDer: Uint8Array.of(0x30, 0x00), publicKeyIdHex: 'cc' };
    await store.commitHistory(makeImport([makeRow('a1', whole)]));
    const listed = makeRow('a1', {
      notAfterSeconds: NOW_SECONDS + 9999,
      revocation: { ...REVOKED, reason: 1 },
    });
    await store.commitHistory(makeImport([listed]));
    const revoked = await db.prepare('SELECT not_after_s FROM revocations').all();
    expect(revoked.results).toEqual([{ not_after_s: NOW_SECONDS + 100 }]);
    const blocked = await db.prepare('SELECT public_key_id FROM blocked_keys').all();
    expect(blocked.results).toEqual([{ public_key_id: 'cc' }]);
  });

  it('writes nothing if the batch fails', async () => {
    await db.prepare('DROP TABLE audit_events').run();
    const importing = createHistoryStore(db).commitHistory(makeImport([makeRow('a1')], 5));
    await expect(importing).rejects.toMatchObject({ code: 'record-unavailable' });
    expect(await countRows(db, 'certificates')).toBe(0);
    expect(await countRows(db, 'revocation_lists')).toBe(0);
  });
});

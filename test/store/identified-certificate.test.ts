import { beforeEach, describe, expect, it } from 'vitest';
import { createIdentifiedCertificateStore } from '../../src/store/identified-certificate.ts';
import { openDatabase } from './database.ts';

const NOW = 1_800_000_000;
const accessOf = (accountId: string) => ({ accountId, grant: null, nowSeconds: NOW });

let db: D1Database;
beforeEach(async () => {
  db = await openDatabase();
});

async function addCertificate(
  identifier: string,
  serial: string,
  fields: { account?: string; profile?: string; origin?: string; issuedAtMs?: number } = {},
): Promise<void> {
  const { account = 'acct-a', profile = 'cas-server', origin = 'cas', issuedAtMs = 1 } = fields;
  await db.batch([
    db
      .prepare(
        `INSERT INTO certificates (serial, authority_id, subject, profile, origin, account_id,
  not_before_s, not_after_s, issued_at_ms) VALUES (?1, 'default', 'CN=a', ?2, ?3, ?4, 1, 2, ?5)`,
      )
      .bind(serial, profile, origin, account, issuedAtMs),
    db
      .prepare(
        "INSERT INTO certificate_identifiers (identifier, authority_id, serial) VALUES (?1, 'default', ?2)",
      )
      .bind(identifier, serial),
  ]);
}

/** Counts certificates that the test wrote without issuing them. */
async function countAnew(): Promise<void> {
  const isListed = "origin = 'cas' AND profile <> 'external-sub-ca'";
  await db.batch(
    [
      'DELETE FROM cas_certificate_counts',
      `INSERT INTO cas_certificate_counts SELECT account_id, COUNT(*) FROM certificates
       WHERE ${isListed} GROUP BY account_id`,
      `INSERT INTO cas_certificate_counts SELECT '', COUNT(*) FROM certificates WHERE ${isListed}`,
    ].map((sql) => db.prepare(sql)),
  );
}

describe('listing', () => {
  it('lists the leaf certificates of the CAS API page by page, newest first', async () => {
    for (const n of [1, 2, 3]) await addCertificate(`id-${n}`, `${n}`, { issuedAtMs: n * 1000 });
    await addCertificate('id-ca', 'c', { profile: 'external-sub-ca' });
    await addCertificate('id-api', 'd', { origin: 'api' });
    await addCertificate('id-late', 'e', { issuedAtMs: (NOW + 5) * 1000 });
    await addCertificate('id-other', 'f', { account: 'acct-b', issuedAtMs: 2500 });
    await countAnew();
    const store = createIdentifiedCertificateStore(db);
    const list = async (accountId: string, offset: number, limit: number) => {
      const { certificates, total } = await store.listIdentified(
        { offset, limit },
        accessOf(accountId),
      );
      return [total, ...certificates.map(({ identifier }) => identifier)];
    };
    expect(await list('acct-a', 0, 2)).toEqual([4, 'id-3', 'id-2']);
    expect(await list('acct-a', 2, 2)).toEqual([4, 'id-1']);
    expect(await list('acct-b', 0, 9)).toEqual([1, 'id-other']);
    expect(await list('root', 0, 9)).toEqual([5, 'id-3', 'id-other', 'id-2', 'id-1']);
    expect(await list('acct-c', 0, 9)).toEqual([0]);
  });
});

describe('finding', () => {
  it('returns certificates that the account may see, with their revocation', async () => {
    await addCertificate('id-1', '1');
    const store = createIdentifiedCertificateStore(db);
    const find = (id: string, account: string) => store.findIdentified(id, accessOf(account));
    expect(await find('id-1', 'acct-a')).toMatchObject({
      identifier: 'id-1',
      certificate: { serialHex: '1', authorityId: 'default', revocation: null },
    });
    expect(await find('id-1', 'root')).not.toBeNull();
    expect(await find('id-1', 'acct-b')).toBeNull();
    expect(await find('1', 'acct-a')).toBeNull();
    await db
      .prepare(
        `INSERT INTO revocations (authority_id, serial, revision, revoked_at_s, reason, not_after_s)
VALUES ('default', '1', 1, 5, 0, 2)`,
      )
      .run();
    expect((await find('id-1', 'acct-a'))?.certificate.revocation).toMatchObject({
      revokedAtSeconds: 5,
    });
  });

  it('finds the instance that a certificate has used', async () => {
    await addCertificate('id-1', '1', { profile: 'external-sub-ca' });
    await db
      .prepare(
        `INSERT INTO external_ca_instances (id, account_id, authority_id, state, max_validity_days,
  max_path_length, issuer_id, serial, created_at_ms, used_at_ms)
VALUES ('inst', 'acct-a', 'default', 'USED', 1, 0, 'default', '1', 1, 1)`,
      )
      .run();
    const store = createIdentifiedCertificateStore(db);
    expect(await store.findInstanceOf('id-1', accessOf('acct-a'))).toBe('inst');
    expect(await store.findInstanceOf('id-1', accessOf('root'))).toBe('inst');
    expect(await store.findInstanceOf('id-1', accessOf('acct-b'))).toBeNull();
    expect(await store.findInstanceOf('id-2', accessOf('acct-a'))).toBeNull();
  });
});

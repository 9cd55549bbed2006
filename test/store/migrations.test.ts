import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/bytes.ts';
import { openDatabase } from './database.ts';

/**
 * SHA-256 of each migration. Databases remember migrations by name, so an edited one never reaches
 * them: add a new migration instead, and its hash here.
 */
const HASHES: Readonly<Record<string, string>> = {
  '0001_authorities.sql': 'b3e71f0083dd7a5fbd872b8455ddebb911e4dc1e29a3662704d49043ffdcdf9e',
  '0002_certificates.sql': '37636c1af2fd951ea87afede22e7aa49020758feac1348ac91f1603d23b9d08d',
  '0003_revocations.sql': '2c26ef55742cba87fe6e6c12c0734d1fe0699965c10a61575d97a6cf5e514c64',
  '0004_accounts.sql': 'c5d2258aaa364480371fce7a7e49ac958a162e6ea139a68770737586001d1e69',
  '0005_inventory.sql': '7414c90bf32e1766fe13c49c38d71a172cc305515589f32213a58cd061369246',
  '0006_audit.sql': '4725b49fa38e0eda842508b93fcf51450f98590e102ade725e8e4202f11723b2',
  '0007_inventory_ip_addresses.sql':
    '8eeb232fe261649a4e258256411dc48152e95182dc33790bec556f1706b69aaf',
  '0008_cas_identifiers.sql': 'b7249dbd19a20b6755b71349bd10c32c55f4a09137f729a40b389afc01fa75f8',
  '0009_bounds.sql': '3f690042a0aa00b757f0058f8b90d576abc4ad6f5ddce16d896ccb4e465ae035',
  '0010_authority_quota.sql': 'ed0442b809f741e6469a0377d2998b7c86f8b83d55df0e0bcffd11692ae478aa',
};

const FILES = import.meta.glob<string>('../../migrations/*', {
  query: '?raw',
  import: 'default',
  eager: true,
});

describe('migrations', () => {
  it('are never edited, renamed or removed', async () => {
    const hashes = Object.entries(FILES).map(
      async ([path, text]) =>
        [
          path.slice(path.lastIndexOf('/') + 1),
          await sha256Hex(new TextEncoder().encode(text)),
        ] as const,
    );
    expect(Object.fromEntries(await Promise.all(hashes))).toEqual(HASHES);
  });

  it('move the IP addresses of the inventory out of its DNS names', async () => {
    const db = await openDatabase();
    await db
      .prepare(
        `INSERT INTO inventory (id, account_id, name, type, certificate, chain, common_name,
  dns_names, fingerprint, not_before_s, not_after_s, marks, origin, created_at_ms, updated_at_ms)
VALUES ('cert-a', 'root', 'a', 1, '', '[]', '', ?1, '', 0, 0, '[]', 'upload', 0, 0)`,
      )
      .bind(JSON.stringify(['a.test', '192.0.2.1', '1.a.test', '2001:db8::7']))
      .run();
    const text = FILES['../../migrations/0007_inventory_ip_addresses.sql'] ?? '';
    await db.prepare(text.slice(text.indexOf('UPDATE'))).run();
    const row = await db.prepare('SELECT dns_names, ip_addresses FROM inventory').first();
    expect(row).toEqual({
      dns_names: '["a.test","1.a.test"]',
      ip_addresses: '["192.0.2.1","2001:db8::7"]',
    });
  });

  it('create STRICT tables', async () => {
    const db = await openDatabase();
    const { results } = await db
      .prepare(
        `SELECT name FROM pragma_table_list
WHERE schema = 'main' AND type = 'table' AND strict = 0
  AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name <> 'd1_migrations'`,
      )
      .all();
    expect(results).toEqual([]);
  });
});

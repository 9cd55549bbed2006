import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/bytes.ts';
import { openDatabase } from './database.ts';

/**
 * SHA-256 of each migration. Databases remember migrations by name, so an edited one never reaches
 * them: add a new migration instead, and its hash here.
 */
const HASHES: Readonly<Record<string, string>> = {
  '0001_authorities.sql': '4eb38991bfbe36783d4d5db84345f639965e361e9b59a776d85d58e976c8aed8',
  '0002_certificates.sql': '98f474f3a3f7fc17d431d75f837fc4db3cd9dee2c25bccea4dd9ee4a8ad7d170',
  '0003_revocations.sql': '2c26ef55742cba87fe6e6c12c0734d1fe0699965c10a61575d97a6cf5e514c64',
  '0004_accounts.sql': '62fba9787654fda6f84d3911f4041acee7dc296b3c986d91eb2db3131cfeeecb',
  '0005_inventory.sql': 'e5ef04dc872f89606928598b02f97f79b750008cff489053ddb7c914b917bd30',
  '0006_audit.sql': '5eace2ec247260ce34f50037561eeadcf1f817d648599c74c0a323cde31a2ac7',
  '0007_policies.sql': 'cb17582a85241e1ddb9eabe8dd00eff39d152d784d87398820a1528ca9503c65',
  '0008_acme.sql': 'c1296e8bc8d24401336d38099818b6ccb2afff5f2a9df955a350ac806fb9146e',
  '0009_inventory_authority.sql':
    '0d339e4bf6894d20de32b295d665e86efb530df453ef3d91c0403e532d1b159d',
  '0010_authority_links.sql': 'a96e7b64bd56b28aa9f6b438da3297d0ae762bbd7ea3bd390be18ec3d13139ad',
  '0011_seals.sql': 'fa33158de70da9ccd5c6a13edc850f78879fbdfe48fd075135f431e716dfc74d',
  '0012_search.sql': 'b8a1c48ae32cc136a74c20366fb2110603361331e61d4272b55c94c7f759ebda',
  '0013_sessions.sql': '5ab0c418eb7651f97079329f690453652422c56bb020df7a7c6d6a8d1552a907',
  '0014_webhooks.sql': 'ff2778bda91c2ed41772e68daa5c46b8f3e708197c88db1863c62dcf776f4d54',
  '0015_metrics.sql': '79097f808c15dfdc63e3e4c2313880c2a3f770a8afae26253cc796f8aecf0bf9',
  '0016_audit_targets.sql': '708bdf8fef0d59bece0677e146a62cada11b607fa472e54673fbafea5b413ca5',
  '0017_inventory_fingerprint.sql':
    'fd8a6a1153c5cadba7f91beb87ba6b21d9992cf6c7fd556d3143b97234afc64d',
  '0018_list_chunks.sql': '57da0efa16578c4d55c0ea701ae40ff10f6322fe54b94a493fa0ad05cb8cc444',
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

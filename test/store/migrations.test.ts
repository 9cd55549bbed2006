import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/bytes.ts';
import { openDatabase } from './database.ts';

/**
 * SHA-256 of each migration. Databases remember migrations by name, so an edited one never reaches
 * them: add a new migration instead, and its hash here.
 */
const HASHES: Readonly<Record<string, string>> = {
  '0001_authorities.sql': '7e58362d697f1759c27a7300563411d2f5680563eb78a449771ded10fe9ed37a',
  '0002_certificates.sql': '37636c1af2fd951ea87afede22e7aa49020758feac1348ac91f1603d23b9d08d',
  '0003_revocations.sql': '2c26ef55742cba87fe6e6c12c0734d1fe0699965c10a61575d97a6cf5e514c64',
  '0004_accounts.sql': 'a2b852c305801d749e31d46adf157b34bf15e07a8ef795cc829c3ec87f56e98c',
  '0005_inventory.sql': 'f4ff326824bc3ba4e1a035dddd5029583f577e8087ec1aa36e0c09b548e221dc',
  '0006_audit.sql': '4725b49fa38e0eda842508b93fcf51450f98590e102ade725e8e4202f11723b2',
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

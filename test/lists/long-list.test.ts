import { beforeEach, describe, expect, it } from 'vitest';
import {
  readBitStringBytes,
  readChildren,
  readElement,
  readOnly,
  TAG,
} from '../../src/asn1/der.ts';
import { type CurrentListDependencies, currentCrl } from '../../src/lists/current-crl.ts';
import { currentDelta } from '../../src/lists/current-delta.ts';
import { NO_ENTRIES } from '../../src/lists/list-store.ts';
import { LIST_LIMITS } from '../../src/lists/prepare-chunks.ts';
import type { RevocationList } from '../../src/lists/revocation-list.ts';
import { readWholeList } from '../../src/lists/stored-list.ts';
import { createCrlStore } from '../../src/store/crl.ts';
import { instrument, NOW_SECONDS, openDatabaseWithAuthority } from '../store/database.ts';
import { makeAuthority, makeListDependencies } from './test-authority.ts';

const ENTRIES = 60_000;

/** Enough entries for several chunks; some revisions have a hundred rows. */
async function addRevocations(db: D1Database): Promise<void> {
  await db
    .prepare(
      `INSERT INTO revocations (authority_id, serial, revision, revoked_at_s, reason, not_after_s, crl_partition)
WITH RECURSIVE line(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM line WHERE i + 1 < ?1)
SELECT 'default', printf('5%031x', i * 7919), iif(i % 1000 < 100, i - i % 1000, i) + 1, ?2 - i, iif(i % 4 = 0, 4, 0),
  ?2 + 31536000, CAST(i AS INTEGER) / 20000
FROM line`,
    )
    .bind(ENTRIES, NOW_SECONDS)
    .run();
  await db
    .prepare('UPDATE authorities SET revocation_revision = ?1, reserved_slots = ?1')
    .bind(ENTRIES)
    .run();
}

/** Verifies a list that is too long for the schema library, and returns its serial numbers. */
async function readLong(
  verify: (message: Uint8Array, signature: Uint8Array) => Promise<boolean>,
  list: RevocationList,
) {
  const [tbs, , signature] = readChildren(
    readOnly(await readWholeList(list), TAG.sequence).content,
  );
  if (tbs === undefined || signature === undefined) throw new Error('not a list');
  expect(await verify(tbs.bytes, readBitStringBytes(signature))).toBe(true);
  const revoked = readChildren(tbs.content)[5];
  const entries = readChildren(revoked?.content ?? new Uint8Array(0)).map(({ content }) => ({
    serialHex: readElement(content).content.toHex(),
  }));
  return { tbsDer: tbs.bytes, entries };
}

describe('a list of many entries', () => {
  let db: D1Database;
  let dependencies: CurrentListDependencies;
  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
    dependencies = makeListDependencies(db, () => NOW_SECONDS * 1000);
    await addRevocations(db);
  });

  const takeOut = (serial: string) =>
    db.batch([
      db.prepare(
        `UPDATE crl_chunks SET stale = 1 WHERE (SELECT revision FROM revocations WHERE serial = '${serial}')
BETWEEN first_revision AND last_revision`,
      ),
      db.prepare(`DELETE FROM revocations WHERE serial = '${serial}'`),
      db.prepare(
        'UPDATE authorities SET removals = removals + 1, revocation_revision = revocation_revision + 1',
      ),
    ]);

  it('is built from chunks, most of which the next list reuses', async () => {
    const { authority, verify } = await makeAuthority();
    const built = await currentCrl(dependencies, authority);
    const { entries } = await readLong(verify, built);
    expect(new Set(entries.map(({ serialHex }) => serialHex)).size).toBe(ENTRIES);
    const before = await dependencies.store.findList(
      { authorityId: 'default', crlPartition: -1 },
      NO_ENTRIES,
    );
    expect(before.chunks.length).toBeGreaterThan(2);
    expect(before.chunks.every(({ entriesDer }) => entriesDer === null)).toBe(true);
    for (const [i, chunk] of before.chunks.entries()) {
      expect(chunk.firstRevision).toBe((before.chunks[i - 1]?.lastRevision ?? -1) + 1);
    }
    // Read in pieces, as it is stored.
    const stored = await readLong(verify, await currentCrl(dependencies, authority));
    expect(stored.tbsDer).toEqual((await readLong(verify, built)).tbsDer);

    await takeOut(`5${(7919).toString(16).padStart(31, '0')}`);
    const { db: counted, calls } = instrument(db);
    const next = await currentCrl({ ...dependencies, store: createCrlStore(counted) }, authority);
    expect((await readLong(verify, next)).entries.length).toBe(ENTRIES - 1);
    const after = await dependencies.store.findList(
      { authorityId: 'default', crlPartition: -1 },
      NO_ENTRIES,
    );
    const kept = after.chunks.filter(({ id }) => before.chunks.some((chunk) => chunk.id === id));
    expect(kept.length).toBe(before.chunks.length - 1);
    expect(calls.count).toBeLessThan(16);
  });

  it('has chunks of a sixteenth of the entries before them, at least 64 KB and at most 960 KB', async () => {
    const { authority } = await makeAuthority();
    await currentCrl(dependencies, authority);
    const { chunks } = await dependencies.store.findList(
      { authorityId: 'default', crlPartition: -1 },
      NO_ENTRIES,
    );
    let preceding = 0;
    for (const { bytes } of chunks.slice(0, -1)) {
      const target = Math.max(preceding / 16, 64_000);
      expect(bytes).toBeGreaterThanOrEqual(target);
      // Up to the end of a revision, which may have a hundred rows.
      expect(bytes).toBeLessThan(target + 5000);
      preceding += bytes;
    }
    expect(preceding).toBeGreaterThan(1_500_000);
    expect([16e6, 17e6].map(LIST_LIMITS.chunkBytes)).toEqual([960_000, 960_000]);
  });

  it('keeps long chunks of an earlier version, and divides them when they are encoded again', async () => {
    const { authority, verify } = await makeAuthority();
    const scope = { authorityId: 'default', crlPartition: -1 };
    const long = { ...LIST_LIMITS, chunkBytes: () => 960_000 };
    await currentCrl({ ...dependencies, limits: long }, authority);
    const { chunks: before } = await dependencies.store.findList(scope, NO_ENTRIES);
    expect(before.length).toBe(3);
    await db.batch([
      db
        .prepare(
          `INSERT INTO revocations (authority_id, serial, revision, revoked_at_s, reason, not_after_s)
VALUES ('default', 'a1', ?1, ?2, 0, ?2)`,
        )
        .bind(ENTRIES + 1, NOW_SECONDS),
      db.prepare('UPDATE authorities SET revocation_revision = ?1').bind(ENTRIES + 1),
    ]);
    await currentCrl(dependencies, authority);
    const { chunks: added } = await dependencies.store.findList(scope, NO_ENTRIES);
    expect(added.map(({ id }) => id)).toEqual([...before.map(({ id }) => id), expect.anything()]);
    expect(added.at(-1)?.entries).toBe(1);

    await takeOut(`5${(7919).toString(16).padStart(31, '0')}`);
    const divided = await currentCrl(dependencies, authority);
    expect((await readLong(verify, divided)).entries).toHaveLength(ENTRIES);
    const { chunks: after } = await dependencies.store.findList(scope, NO_ENTRIES);
    expect(
      after.map(({ bytes }) => bytes).filter((bytes) => bytes < 70_000).length,
    ).toBeGreaterThan(12);
  });

  it('needs three round trips for a partition', async () => {
    const { authority, verify } = await makeAuthority();
    await currentCrl(dependencies, authority, 1);
    await takeOut(`5${(7919 * 20_000).toString(16).padStart(31, '0')}`);
    await db
      .prepare("INSERT INTO released_holds VALUES ('default', 'a', 1, ?1, 1)")
      .bind(ENTRIES + 1)
      .run();
    const { db: counted, calls } = instrument(db);
    const list = await currentCrl(
      { ...dependencies, store: createCrlStore(counted) },
      authority,
      1,
    );
    expect(calls.count).toBe(3);
    expect((await readLong(verify, list)).entries).toHaveLength(19_999);
    expect(list.byteLength).toBeLessThan(1_000_000);
  });

  it('fails while it is read if one of its chunks is deleted', async () => {
    const { authority, verify } = await makeAuthority();
    await currentCrl(dependencies, authority);
    const stored = await currentCrl(dependencies, authority);
    await db.prepare('DELETE FROM crl_chunks').run();
    await expect(readLong(verify, stored)).rejects.toMatchObject({ code: 'record-unavailable' });
    const again = await currentCrl(dependencies, authority);
    expect(again.number).toBe(2);
  });

  it('stays the base of deltas until a tenth of its entries has changed', async () => {
    const { authority } = await makeAuthority();
    const base = await currentCrl(dependencies, authority);
    const revokeMore = (count: number) =>
      db.batch([
        db
          .prepare(
            `INSERT INTO revocations (authority_id, serial, revision, revoked_at_s, reason, not_after_s, crl_partition)
WITH RECURSIVE line(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM line WHERE i < ?1)
SELECT 'default', printf('6%031x', revocation_revision + i), revocation_revision + i, ?2, 0, ?2 + 31536000, 0
FROM line, authorities WHERE authorities.id = 'default'`,
          )
          .bind(count, NOW_SECONDS),
        db
          .prepare('UPDATE authorities SET revocation_revision = revocation_revision + ?1')
          .bind(count),
      ]);
    await revokeMore(ENTRIES / 10);
    const delta = await currentDelta(dependencies, authority);
    expect(delta.number).toBe(base.number + 1);
    expect(delta.byteLength).toBeGreaterThan((30 * ENTRIES) / 10);
    await revokeMore(1);
    // A new base, and then a delta without entries.
    const next = await currentDelta(dependencies, authority);
    expect(next.number).toBe(delta.number + 2);
    expect(next.byteLength).toBeLessThan(1000);
  });

  it('is refused for a partition without certificates', async () => {
    const { authority } = await makeAuthority();
    await expect(currentCrl(dependencies, authority, 3)).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('continues where a build that took too long stopped', async () => {
    const { authority, verify } = await makeAuthority();
    let nowMs = NOW_SECONDS * 1000;
    const slow = { ...dependencies, clock: () => (nowMs += 30_000) };
    await expect(currentCrl(slow, authority)).rejects.toMatchObject({ code: 'record-unavailable' });
    const spare = await db.prepare('SELECT COUNT(*) AS n FROM crl_chunks').first<number>('n');
    expect(spare).toBeGreaterThan(0);
    const list = await currentCrl(dependencies, authority);
    expect((await readLong(verify, list)).entries).toHaveLength(ENTRIES);
    expect(
      await db.prepare('SELECT COUNT(*) AS n FROM crl_chunks').first<number>('n'),
    ).toBeLessThan(2 * (spare ?? 0) + 3);
  });
});

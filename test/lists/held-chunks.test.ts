import { beforeEach, describe, expect, it } from 'vitest';
import { openContent } from '../../src/http/edge/content.ts';
import { type CurrentListDependencies, currentCrl } from '../../src/lists/current-crl.ts';
import type { CrlStore } from '../../src/lists/list-store.ts';
import type { RevocationList } from '../../src/lists/revocation-list.ts';
import { readWholeList } from '../../src/lists/stored-list.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createReleaseStore } from '../../src/store/release.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  makeEvent,
  makeIssuance,
  makeRevocation,
  NOW_SECONDS,
  openDatabaseWithAuthority,
} from '../store/database.ts';
import { makeAuthority, makeListDependencies, SMALL_LIMITS } from './test-authority.ts';

const HOLD = 6;
const SCOPE = { authorityId: 'default', crlPartition: -1 };
const FIRST = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'];

describe('chunks in memory', () => {
  let db: D1Database;
  let crls: Awaited<ReturnType<typeof makeAuthority>>;
  /** An isolate that has built a list of `FIRST`, on hold. */
  let isolate: CurrentListDependencies;
  let first: RevocationList;

  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
    crls = await makeAuthority();
    isolate = openIsolate();
    for (const serialHex of FIRST) await revoke(serialHex, HOLD);
    first = await currentCrl(isolate, crls.authority);
  });

  /** Small chunks, none of which is stored before its list. */
  function openIsolate(): CurrentListDependencies {
    const limits = { ...SMALL_LIMITS, pageRows: 1000, heldBytes: 1000 };
    return { ...makeListDependencies(db, () => NOW_SECONDS * 1000), limits };
  }

  async function revoke(serialHex: string, reason = 0): Promise<void> {
    await createIssuanceStore(db).commitIssuance(await makeIssuance({ serialHex }));
    await createRevocationStore(db).commitRevocation(makeRevocation(serialHex, { reason }));
  }

  async function release(serialHex: string): Promise<void> {
    await createReleaseStore(db).commitRelease({
      authorityId: 'default',
      serialHex,
      uniqueSubject: null,
      releasedAtSeconds: NOW_SECONDS,
      accountId: 'root',
      grant: null,
      audit: makeEvent('certificate.release', serialHex),
    });
  }

  const spoilBodies = () => db.prepare("UPDATE crl_chunks SET body = 'AQI='").run();

  /** The list has these entries, and an isolate that holds nothing reads the same bytes. */
  async function check(list: RevocationList, serials: readonly string[]): Promise<void> {
    const { entries } = await crls.readCrl(list);
    expect(entries.map(({ serialHex }) => serialHex).sort()).toEqual(serials.toSorted());
    const stored = await currentCrl(openIsolate(), crls.authority);
    expect(await readWholeList(stored)).toEqual(await readWholeList(list));
  }

  it('are not read again by the isolate that encoded them', async () => {
    expect(isolate.memory.find(SCOPE).size).toBeGreaterThan(2);
    await spoilBodies();
    await revoke('b1');
    const next = await currentCrl(isolate, crls.authority);
    const { entries } = await crls.readCrl(next);
    expect(entries.map(({ serialHex }) => serialHex)).toEqual([...FIRST, 'b1']);
    expect(await crls.readCrl(await currentCrl(isolate, crls.authority))).toMatchObject({
      entries,
    });
  });

  it('are not read again by the isolate that read them', async () => {
    const reader = openIsolate();
    await currentCrl(reader, crls.authority);
    await spoilBodies();
    await revoke('b1');
    const { entries } = await crls.readCrl(await currentCrl(reader, crls.authority));
    expect(entries.map(({ serialHex }) => serialHex)).toEqual([...FIRST, 'b1']);
    // An isolate that holds nothing reads what is spoiled.
    await revoke('b2');
    await expect(currentCrl(openIsolate(), crls.authority)).rejects.toThrow('bytes');
  });

  it('are encoded again after an entry has left them', async () => {
    await release('a2');
    const rest = FIRST.filter((serial) => serial !== 'a2');
    await check(await currentCrl(isolate, crls.authority), rest);
    await createRevocationStore(db).commitRevocation(makeRevocation('a5', { reason: 1 }));
    const changed = await currentCrl(isolate, crls.authority);
    await check(changed, rest);
    const { entries } = await crls.readCrl(changed);
    expect(entries.filter(({ reason }) => reason === 1)).toMatchObject([{ serialHex: 'a5' }]);
  });

  it('are right with two isolates, one after the other and at once', async () => {
    const other = openIsolate();
    const serials = [...FIRST];
    for (let round = 0; round < 4; round++) {
      serials.push(`b${round}`);
      await revoke(`b${round}`, HOLD);
      const [builder, reader] = round % 2 === 0 ? [isolate, other] : [other, isolate];
      await check(await currentCrl(builder, crls.authority), serials);
      await check(await currentCrl(reader, crls.authority), serials);
    }
    for (let round = 0; round < 4; round++) {
      serials.splice(serials.indexOf(`b${round}`), 1, `c${round}`);
      await Promise.all([revoke(`c${round}`), release(`b${round}`)]);
      const lists = await Promise.all(
        [isolate, other, isolate].map((each) => currentCrl(each, crls.authority)),
      );
      for (const list of lists) await check(list, serials);
    }
  });

  it('are right after a lost race', async () => {
    await revoke('b1', HOLD);
    let races = 0;
    const store: CrlStore = {
      ...isolate.store,
      async commitList(commit) {
        if (races++ === 0) {
          await release('a1');
          await currentCrl(openIsolate(), crls.authority);
        }
        return isolate.store.commitList(commit);
      },
    };
    const list = await currentCrl({ ...isolate, store }, crls.authority);
    expect(races).toBe(1);
    await check(list, [...FIRST.slice(1), 'b1']);
    await revoke('b2');
    await check(await currentCrl(isolate, crls.authority), [...FIRST.slice(1), 'b1', 'b2']);
  });

  it('are not used for a list if they are deleted in the record', async () => {
    await revoke('b1');
    let commits = 0;
    const store: CrlStore = {
      ...isolate.store,
      async commitList(commit) {
        if (commits++ === 0) await db.prepare('DELETE FROM crl_chunks').run();
        return isolate.store.commitList(commit);
      },
    };
    const list = await currentCrl({ ...isolate, store }, crls.authority);
    expect(commits).toBe(2);
    await check(list, [...FIRST, 'b1']);
  });

  it('stay whole when lists are released and sent', async () => {
    const stored = await currentCrl(isolate, crls.authority);
    const { body, ended } = openContent(stored);
    const sent = new Uint8Array(await new Response(body).arrayBuffer());
    await ended;
    expect(sent).toEqual(await readWholeList(first));
    for (const list of [first, stored]) list.release();
    await revoke('b1');
    await check(await currentCrl(isolate, crls.authority), [...FIRST, 'b1']);
    for (const { byteLength, buffer } of isolate.memory.find(SCOPE).values()) {
      expect(byteLength).toBeGreaterThan(0);
      expect(buffer.byteLength).toBe(byteLength);
    }
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { readKnownStatuses } from '../../../src/http/edge/known-statuses.ts';
import { createTaggedMemory, type TaggedMemory } from '../../../src/http/edge/tagged-memory.ts';
import { findStaleTags } from '../../../src/http/edge/tags.ts';
import type { CertStatus } from '../../../src/x509/status/ocsp-response.ts';

const GOOD: CertStatus = { kind: 'good' };
const REVOKED: CertStatus = { kind: 'revoked', revokedAtSeconds: 1, reason: 1 };

describe('readKnownStatuses', () => {
  let record: Map<string, CertStatus>;
  let asked: string[][];
  let memory: TaggedMemory<CertStatus>;
  let keptSeconds: number;
  /** Runs while the record is read, after it was read. */
  let meanwhile: () => void;

  beforeEach(() => {
    record = new Map<string, CertStatus>([
      ['aa', GOOD],
      ['bb', REVOKED],
    ]);
    asked = [];
    memory = createTaggedMemory({ maxEntries: 10, maxBytes: 10_000, clock: () => 0 });
    meanwhile = () => {};
    keptSeconds = 60;
  });

  async function read(...serialsHex: string[]) {
    const store = {
      async findStatuses(_authorityId: string, serials: readonly string[]) {
        asked.push([...serials]);
        const found = new Map([...record].filter(([serialHex]) => serials.includes(serialHex)));
        meanwhile();
        return found;
      },
    };
    const known = readKnownStatuses(store, memory, keptSeconds);
    const statuses = await known.findStatuses('default', serialsHex);
    return serialsHex.map((serialHex) => statuses.get(serialHex)?.kind ?? 'unknown');
  }

  function revoke(serialHex: string) {
    record.set(serialHex, REVOKED);
    const revocations = [{ authorityId: 'default', crlPartition: 0, serialHex, revision: 1 }];
    memory.purge(findStaleTags({ revocations }));
  }

  it('reads each status once, and only those that it does not know', async () => {
    expect(await read('aa')).toEqual(['good']);
    expect(await read('aa', 'bb')).toEqual(['good', 'revoked']);
    expect(await read('bb', 'aa')).toEqual(['revoked', 'good']);
    expect(asked).toEqual([['aa'], ['bb']]);
  });

  it('reads the status of a certificate that was never issued each time', async () => {
    expect(await read('cc')).toEqual(['unknown']);
    record.set('cc', GOOD);
    expect(await read('cc')).toEqual(['good']);
  });

  it('keeps none with a time of 0 seconds', async () => {
    keptSeconds = 0;
    await read('aa');
    await read('aa');
    expect(asked).toHaveLength(2);
  });

  it('reads a status anew after each change of it', async () => {
    await read('aa');
    revoke('aa');
    expect(await read('aa')).toEqual(['revoked']);
  });

  it('does not keep a status that was read before it changed', async () => {
    meanwhile = () => revoke('aa');
    expect(await read('aa')).toEqual(['good']);
    meanwhile = () => {};
    expect(await read('aa')).toEqual(['revoked']);
  });

  it('reads all statuses of an authority anew after a change of many', async () => {
    await read('aa', 'bb');
    const revocations = Array.from({ length: 40 }, (_, i) => ({
      ...{ authorityId: 'default', crlPartition: 0, revision: i },
      serialHex: i === 39 ? 'aa' : `${i}`,
    }));
    record.set('aa', REVOKED);
    memory.purge(findStaleTags({ revocations }));
    expect(await read('aa', 'bb')).toEqual(['revoked', 'revoked']);
    expect(asked).toHaveLength(2);
  });
});

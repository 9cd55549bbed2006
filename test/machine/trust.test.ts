import { beforeEach, describe, expect, it } from 'vitest';
import { createTrust, TRUSTED_MS, type Trust } from '../../src/machine/trust.ts';
import type { OpenPurge } from '../../src/revocation/retry-purges.ts';
import type { ChangedRevocation } from '../../src/revocation/store.ts';

const START_MS = Date.UTC(2030, 0, 1);

describe('createTrust', () => {
  let nowMs: number;
  let trust: Trust;
  let open: OpenPurge[];
  let changes: ChangedRevocation[];
  let reads: number;
  let purged: string[][];
  /** Runs while the record is read. */
  let meanwhile: () => Promise<void> | void;

  beforeEach(() => {
    nowMs = START_MS;
    open = [];
    changes = [];
    reads = 0;
    purged = [];
    meanwhile = () => {};
    trust = createTrust({
      store: {
        async listOpen() {
          reads++;
          const found = [...open];
          await meanwhile();
          return found;
        },
        listChanged: async ({ authorityId, afterRevision, revision }, limit) =>
          changes
            .filter((each) => each.authorityId === authorityId)
            .filter((each) => each.revision > afterRevision && each.revision <= revision)
            .slice(0, limit),
      },
      purgeOwn: async ({ tags }) => purged.push(tags),
      clock: () => nowMs,
      keepAlive: () => {},
    });
  });

  /** Revokes a certificate, whose purge does not reach all processes. */
  function revoke(serialHex: string, authorityId = 'default') {
    const revision = changes.length + 1;
    changes.push({ authorityId, serialHex, crlPartition: 0, revision });
    open = [{ authorityId, afterRevision: 0, revision }];
  }

  it('asks the record again after TRUSTED_MS, and not before', async () => {
    expect(trust.isGiven()).toBe(false);
    expect(await trust.renew()).toBe(true);
    nowMs += TRUSTED_MS - 1;
    expect(trust.isGiven()).toBe(true);
    await trust.renew();
    expect(reads).toBe(1);
    nowMs += 1;
    expect(trust.isGiven()).toBe(false);
    await trust.renew();
    expect(reads).toBe(2);
    expect(purged).toEqual([]);
  });

  it('asks at once if the clock was set back', async () => {
    await trust.renew();
    nowMs -= 3_600_000;
    expect(trust.isGiven()).toBe(false);
    expect(await trust.renew()).toBe(true);
    expect(reads).toBe(2);
  });

  it('purges each revocation that was not purged everywhere, once', async () => {
    revoke('aa');
    await trust.renew();
    expect(purged).toEqual([['crl-default', 'crl-default-0', 'ocsp-default-aa']]);
    nowMs += TRUSTED_MS;
    await trust.renew();
    expect(purged).toHaveLength(1);
    revoke('bb');
    nowMs += TRUSTED_MS;
    await trust.renew();
    expect(purged[1]).toEqual(['crl-default', 'crl-default-0', 'ocsp-default-bb']);
  });

  it('purges a certificate that changes again while the record is read', async () => {
    revoke('aa');
    meanwhile = () => {
      changes = [{ authorityId: 'default', serialHex: 'aa', crlPartition: 0, revision: 2 }];
    };
    await trust.renew();
    expect(purged[0]).toContain('ocsp-default-aa');
  });

  it('names every certificate, and whole authorities if there are too many', async () => {
    for (let i = 0; i < 100; i++) revoke(`a${i}`);
    await trust.renew();
    expect(purged[0]).toHaveLength(102);
    for (let i = 0; i < 1001; i++) revoke(`b${i}`);
    nowMs += TRUSTED_MS;
    await trust.renew();
    expect(purged[1]).toEqual(['crls-default', 'ocsp-default']);
    open = Array.from({ length: 11 }, (_, i) => ({
      authorityId: `ca-${i}`,
      afterRevision: 0,
      revision: 1,
    }));
    nowMs += TRUSTED_MS;
    await trust.renew();
    expect(purged[2]).toHaveLength(22);
    expect(purged[2]).toContain('ocsp-ca-10');
  });

  it('asks again if the process was stopped while it asked', async () => {
    meanwhile = () => {
      meanwhile = () => {};
      revoke('aa');
      nowMs += 5000;
    };
    expect(await trust.renew()).toBe(true);
    expect(purged).toHaveLength(1);
  });

  it('asks once for concurrent requests', async () => {
    revoke('aa');
    expect(await Promise.all([trust.renew(), trust.renew(), trust.renew()])).toEqual([
      true,
      true,
      true,
    ]);
    expect(reads).toBe(1);
    expect(purged).toHaveLength(1);
  });

  it('trusts the memory if the record fails or does not answer', async () => {
    meanwhile = () => Promise.reject(new Error('down'));
    expect(await trust.renew()).toBe(true);
    nowMs += TRUSTED_MS;
    meanwhile = () => new Promise(() => {});
    expect(await trust.renew()).toBe(true);
    nowMs += TRUSTED_MS - 1;
    expect(trust.isGiven()).toBe(true);
  });

  it('waits once for a record that does not answer, and again after it has answered', async () => {
    let answer = () => {};
    meanwhile = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    expect(await trust.renew()).toBe(true);
    const soon = () =>
      Promise.race([trust.renew(), new Promise((resolve) => setTimeout(resolve, 200, 'late'))]);
    nowMs += TRUSTED_MS;
    expect(await soon()).toBe(true);
    answer();
    await new Promise((resolve) => setTimeout(resolve, 0));
    nowMs += TRUSTED_MS;
    expect(await soon()).toBe('late');
    answer();
  });

  it('is never given again after its end', async () => {
    await trust.renew();
    trust.end();
    expect(trust.isGiven()).toBe(false);
    expect(await trust.renew()).toBe(false);
    expect(reads).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { canonicalEvent, chainHash, GENESIS_HASH_HEX } from '../../src/audit/chain.ts';
import type { AuditRow } from '../../src/audit/store.ts';
import { sha256Hex } from '../../src/bytes.ts';

const ROW: Omit<AuditRow, 'hashHex'> = {
  position: 7,
  atMs: 1893553445000,
  accountId: 'root',
  actor: 'root-key',
  action: 'certificate.issue',
  outcome: 'done',
  authorityId: 'default',
  target: 'a1',
  detail: '{"subject":"CN=ä"}',
  requestId: 'a-request',
  remoteAddress: null,
  country: 'NL',
};

const TEXT =
  '[7,1893553445000,"root","root-key","certificate.issue","done","default","a1",' +
  String.raw`"{\"subject\":\"CN=ä\"}","a-request",null,"NL"]`;

describe('canonicalEvent', () => {
  it('never changes: another form would break every existing chain', () => {
    expect(new TextDecoder().decode(canonicalEvent(ROW))).toBe(TEXT);
  });

  it('distinguishes every field, and null from the text null', () => {
    const changes: Partial<AuditRow>[] = [
      { position: 8 },
      { atMs: 1 },
      { accountId: 'x' },
      { actor: 'x' },
      { action: 'x' },
      { outcome: 'x' },
      { authorityId: null },
      { target: null },
      { target: 'null' },
      { detail: '{}' },
      { requestId: 'x' },
      { remoteAddress: 'null' },
      { country: null },
      { accountId: 'root","root-key', actor: '' },
    ];
    const texts = [{}, ...changes].map((change) => canonicalEvent({ ...ROW, ...change }).toHex());
    expect(new Set(texts).size).toBe(changes.length + 1);
  });
});

describe('chainHash', () => {
  it('is SHA-256 over the previous hash and the event', async () => {
    const bytes = new TextEncoder().encode(TEXT);
    const joined = new Uint8Array(32 + bytes.length);
    joined.set(bytes, 32);
    expect(await chainHash(GENESIS_HASH_HEX, ROW)).toBe(await sha256Hex(joined));
    joined.fill(0xab, 0, 32);
    expect(await chainHash('ab'.repeat(32), ROW)).toBe(await sha256Hex(joined));
  });
});

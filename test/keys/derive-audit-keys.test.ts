import { describe, expect, it } from 'vitest';
import { deriveAuditKeys } from '../../src/keys/derive-audit-keys.ts';

const KEY_1 = new Uint8Array(32).fill(1);
const KEY_2 = new Uint8Array(32).fill(2);
const MESSAGE = new TextEncoder().encode('a message');

describe('deriveAuditKeys', () => {
  it('never changes: another derivation would break every existing checkpoint', async () => {
    const { current } = await deriveAuditKeys(new Map([[1, KEY_1]]));
    expect(current?.publicKey).toBe('MCowBQYDK2VwAyEAvTTGelKV7ElXenES+nBOlNKRxb7n70GNPmbJjP+ZsKk=');
  });

  it('signs with the highest version and verifies with all of them', async () => {
    const old = await deriveAuditKeys(new Map([[1, KEY_1]]));
    const both = await deriveAuditKeys(
      new Map([
        [2, KEY_2],
        [1, KEY_1],
      ]),
    );
    if (old.current === null || both.current === null) throw new Error('no key');
    expect(both.current.publicKey).not.toBe(old.current.publicKey);
    const bySecond = await both.current.sign(MESSAGE);
    const byFirst = await old.current.sign(MESSAGE);
    expect(await both.verify(old.current.publicKey, MESSAGE, byFirst)).toBe(true);
    expect(await both.verify(both.current.publicKey, MESSAGE, bySecond)).toBe(true);
    expect(await both.verify(both.current.publicKey, MESSAGE, byFirst)).toBe(false);
    expect(await both.verify(old.current.publicKey, MESSAGE, new Uint8Array(3))).toBe(false);
    expect([old.has(both.current.publicKey), both.has(old.current.publicKey)]).toEqual([
      false,
      true,
    ]);
    expect(await old.verify(both.current.publicKey, MESSAGE, bySecond)).toBe(false);
  });

  it('has no key without SEALING_KEY', async () => {
    const none = await deriveAuditKeys(new Map());
    expect(none.current).toBeNull();
    expect(await none.verify('', MESSAGE, new Uint8Array(64))).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../src/bytes.ts';
import { createMac } from '../../src/keys/mac.ts';

const MESSAGE = encodeUtf8('a message');
const keyOf = (byte: number) => new Uint8Array(32).fill(byte);
const openMac = (keys: readonly (readonly [number, Uint8Array])[], purpose = 'a purpose') =>
  createMac(new Map(keys), purpose);

describe('a MAC', () => {
  it('is verified whole, as bytes and as base64', async () => {
    const mac = openMac([[1, keyOf(1)]]);
    const made = await mac.compute(MESSAGE);
    expect(made).toHaveLength(32);
    expect(await mac.verify(MESSAGE, made)).toBe(true);
    expect(await mac.verifyBase64(MESSAGE, made.toBase64())).toBe(true);
    expect(await mac.verify(encodeUtf8('another'), made)).toBe(false);
  });

  it('is refused if it is shorter or longer than it has to be', async () => {
    const mac = openMac([[1, keyOf(1)]]);
    const made = await mac.compute(MESSAGE);
    for (const length of [0, 1, 16, 31]) {
      expect(await mac.verify(MESSAGE, made.subarray(0, length))).toBe(false);
      expect(await mac.verifyBase64(MESSAGE, made.subarray(0, length).toBase64())).toBe(false);
    }
    expect(await mac.verify(MESSAGE, new Uint8Array([...made, 0]))).toBe(false);
    for (const length of [0, 15, 17, 32]) {
      expect(await mac.verify(MESSAGE, made.subarray(0, length), 16)).toBe(false);
    }
    expect(await mac.verify(MESSAGE, made.subarray(0, 16), 16)).toBe(true);
  });

  it('is refused if it is not base64', async () => {
    const mac = openMac([[1, keyOf(1)]]);
    expect(await mac.verifyBase64(MESSAGE, '?')).toBe(false);
  });

  it('is verified with the key of every version, and made with that of the highest', async () => {
    const both = openMac([
      [1, keyOf(1)],
      [2, keyOf(2)],
    ]);
    const former = await openMac([[1, keyOf(1)]]).compute(MESSAGE);
    const made = await both.compute(MESSAGE);
    expect(await both.verify(MESSAGE, former)).toBe(true);
    expect(await openMac([[2, keyOf(2)]]).verify(MESSAGE, made)).toBe(true);
    expect(await openMac([[1, keyOf(1)]]).verify(MESSAGE, made)).toBe(false);
  });

  it('is for one purpose', async () => {
    const made = await openMac([[1, keyOf(1)]]).compute(MESSAGE);
    expect(await openMac([[1, keyOf(1)]], 'another purpose').verify(MESSAGE, made)).toBe(false);
  });

  it('needs a sealing key', async () => {
    await expect(openMac([]).compute(MESSAGE)).rejects.toMatchObject({
      code: 'sealing-unavailable',
    });
    expect(await openMac([]).verify(MESSAGE, new Uint8Array(32))).toBe(false);
  });
});

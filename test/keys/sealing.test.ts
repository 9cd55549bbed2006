import { describe, expect, it } from 'vitest';
import { createSealer } from '../../src/keys/sealing.ts';

const key = (fill: number) => new Uint8Array(32).fill(fill);
const text = (value: string) => new TextEncoder().encode(value);
const secret = text('the private key');

describe('createSealer', () => {
  it('opens what it sealed, and seals differently every time', async () => {
    const sealer = createSealer(new Map([[1, key(1)]]));
    const sealed = await sealer.seal('cert-1', secret);
    expect(sealed).toMatch(/^v1\./);
    expect(await sealer.open('cert-1', sealed)).toEqual(secret);
    expect(await sealer.seal('cert-1', secret)).not.toBe(sealed);
  });

  it('binds a sealed text to its record', async () => {
    const sealer = createSealer(new Map([[1, key(1)]]));
    const sealed = await sealer.seal('cert-1', secret);
    await expect(sealer.open('cert-2', sealed)).rejects.toMatchObject({
      code: 'sealing-unavailable',
    });
  });

  it('refuses a text that combines parts of two sealed texts', async () => {
    const sealer = createSealer(new Map([[1, key(1)]]));
    const [version, wrapped] = (await sealer.seal('cert-1', secret)).split('.');
    const [, , sealed] = (await sealer.seal('cert-1', secret)).split('.');
    await expect(sealer.open('cert-1', `${version}.${wrapped}.${sealed}`)).rejects.toMatchObject({
      code: 'sealing-unavailable',
    });
  });

  it('refuses to seal without a key, and to open without the right key', async () => {
    const sealed = await createSealer(new Map([[1, key(1)]])).seal('cert-1', secret);
    const without = createSealer(new Map());
    await expect(without.seal('cert-1', secret)).rejects.toMatchObject({
      code: 'sealing-unavailable',
    });
    await expect(without.open('cert-1', sealed)).rejects.toMatchObject({
      code: 'sealing-unavailable',
    });
    const wrong = createSealer(new Map([[1, key(9)]]));
    await expect(wrong.open('cert-1', sealed)).rejects.toMatchObject({
      code: 'sealing-unavailable',
    });
  });

  it('seals with the highest version, opens with older ones, and reseals texts of older ones', async () => {
    const old = createSealer(new Map([[1, key(1)]]));
    const both = createSealer(
      new Map([
        [1, key(1)],
        [2, key(2)],
      ]),
    );
    const next = createSealer(new Map([[2, key(2)]]));
    const sealed = await old.seal('cert-1', secret);
    expect(await both.open('cert-1', sealed)).toEqual(secret);

    const resealed = await both.reseal('cert-1', sealed);
    expect(resealed).toMatch(/^v2\./);
    expect(await next.open('cert-1', resealed ?? '')).toEqual(secret);
    expect(await both.reseal('cert-1', resealed ?? '')).toBeNull();
    expect(await both.seal('cert-1', secret)).toMatch(/^v2\./);
  });

  it.each(['', 'v1', 'v1.a', 'x1.YQ.YQ', 'v1.YQ.YQ.YQ', 'v1.**.YQ'])(
    'refuses the malformed text %j',
    async (broken) => {
      const sealer = createSealer(new Map([[1, key(1)]]));
      await expect(sealer.open('cert-1', broken)).rejects.toMatchObject({
        code: 'sealing-unavailable',
      });
    },
  );
});

import { beforeEach, expect, it, vi } from 'vitest';
import { captureLog, type LiveWorker, openWorker } from '../http/live.ts';
import { createPolicy, openServices } from '../policy/live-services.ts';

captureLog();

let live: LiveWorker;
beforeEach(async () => {
  live = await openWorker();
});

const MAC_KEY_BYTES = 32;
/** The first six bits of these bytes are 62, which is `-` in base64url. */
const HYPHENS = [0xf8, 0xf9, 0xfa, 0xfb];

it.each(HYPHENS)(
  'makes no MAC key that a client takes for an option, from random bytes %i',
  async (byte) => {
    const policyId = await createPolicy(openServices(live.db), {});
    const getRandomValues = crypto.getRandomValues.bind(crypto);
    const random = vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
      if (!(array instanceof Uint8Array) || array.length !== MAC_KEY_BYTES)
        return getRandomValues(array);
      return array.fill(byte);
    });
    const { status, json } = await live.send('/api/v1/acme/eab-keys', {
      body: { name: 'web', policyId },
    });
    random.mockRestore();
    expect(status).toBe(201);
    const macKey = Uint8Array.fromBase64(String(json.macKey), { alphabet: 'base64url' });
    // The random bytes of this test are in the key, so it can fail.
    expect([...macKey.subarray(1)]).toEqual(Array(MAC_KEY_BYTES - 1).fill(byte));
    expect(json.macKey).toMatch(/^[^-]/);
  },
);

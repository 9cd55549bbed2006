import { encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';

/** Authenticates messages to ourselves, in every isolate. */
export interface Mac {
  /** HMAC-SHA256 with the key of the highest SEALING_KEY. @throws SignetError sealing-unavailable if none is set */
  compute(message: Uint8Array): Promise<Uint8Array>;
  /**
   * Tells whether the key of any SEALING_KEY made the MAC.
   * @param mac the first bytes of the whole MAC
   */
  verify(message: Uint8Array, mac: Uint8Array): Promise<boolean>;
}

/**
 * Derives a key for one purpose from each SEALING_KEY by HKDF (RFC 5869).
 * @param sealingKeys 32 bytes each, by version
 * @param purpose no other use of the keys has the same
 */
export function createMac(sealingKeys: ReadonlyMap<number, Uint8Array>, purpose: string): Mac {
  const newestFirst = [...sealingKeys].sort(([a], [b]) => b - a).map(([, key]) => key);
  const derived = new Map<Uint8Array, CryptoKey>();

  async function computeWith(sealingKey: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
    const known = derived.get(sealingKey);
    const key = known ?? (await deriveKey(sealingKey, purpose));
    if (known === undefined) derived.set(sealingKey, key);
    return new Uint8Array(await crypto.subtle.sign('HMAC', key, message));
  }

  return {
    async compute(message) {
      const [newest] = newestFirst;
      if (newest !== undefined) return computeWith(newest, message);
      throw new SignetError(
        'sealing-unavailable',
        'This needs a secret that is not set. The log tells the operator which.',
        { cause: 'SEALING_KEY is not set' },
      );
    },

    async verify(message, mac) {
      for (const sealingKey of newestFirst) {
        const whole = await computeWith(sealingKey, message);
        if (isEqual(whole.subarray(0, mac.length), mac)) return true;
      }
      return false;
    },
  };
}

/** Compares in constant time, except for the lengths, which are not secret. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && crypto.subtle.timingSafeEqual(a, b);
}

async function deriveKey(sealingKey: Uint8Array, purpose: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', sealingKey, 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: encodeUtf8(purpose) },
    material,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  );
}

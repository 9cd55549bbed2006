import { encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';

/** Authenticates messages to ourselves, in every isolate. */
export interface Mac {
  /** HMAC-SHA256 with the key of the highest SEALING_KEY. @throws SignetError sealing-unavailable if none is set */
  compute(message: Uint8Array): Promise<Uint8Array>;
  /**
   * Tells whether the key of any SEALING_KEY made the MAC.
   * @param mac the first `length` bytes of the whole MAC. A shorter one is refused: anybody can guess it.
   */
  verify(message: Uint8Array, mac: Uint8Array, length?: number): Promise<boolean>;
  /** Tells the same of a whole MAC, from base64. Any other text is refused. */
  verifyBase64(message: Uint8Array, mac: string): Promise<boolean>;
}

/** HMAC-SHA256. */
const WHOLE_BYTES = 32;

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

  async function verify(
    message: Uint8Array,
    mac: Uint8Array,
    length = WHOLE_BYTES,
  ): Promise<boolean> {
    if (mac.length !== length) return false;
    for (const sealingKey of newestFirst) {
      const whole = await computeWith(sealingKey, message);
      if (crypto.subtle.timingSafeEqual(whole.subarray(0, length), mac)) return true;
    }
    return false;
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

    verify,

    async verifyBase64(message, mac) {
      const bytes = decode(mac);
      return bytes !== null && verify(message, bytes);
    },
  };
}

function decode(base64: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return null;
  }
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

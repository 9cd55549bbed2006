import { concatBytes } from '../bytes.ts';
import type { Mac } from '../keys/mac.ts';
import { AcmeError } from './acme-error.ts';

/** The purpose of the key that authenticates nonces. */
export const NONCE_PURPOSE = 'signet-acme-nonce-v1';

/** Below the time for which the database remembers used nonces. */
const LIFETIME_SECONDS = 30 * 60;
const TIME_BYTES = 4;
const RANDOM_BYTES = 12;
const MAC_BYTES = 16;
const FORM = /^[A-Za-z0-9_-]{43}$/;

export interface AcmeNonces {
  /** @throws SignetError sealing-unavailable */
  make(): Promise<string>;
  /**
   * Checks that a nonce was made here and has not expired. The batch of the operation spends it, and
   * finds out there whether it was used before.
   * @throws AcmeError bad-nonce
   */
  check(nonce: string | null): Promise<void>;
}

/**
 * Nonces need no table until they are used: each carries its time and a MAC that every isolate can
 * verify (RFC 8555 section 6.5).
 */
export function createAcmeNonces(dependencies: {
  readonly mac: Mac;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
}): AcmeNonces {
  const { mac, clock, randomBytes } = dependencies;
  const readNowSeconds = () => Math.floor(clock() / 1000);
  return {
    async make() {
      const time = new Uint8Array(TIME_BYTES);
      new DataView(time.buffer).setUint32(0, readNowSeconds());
      const message = concatBytes(time, randomBytes(RANDOM_BYTES));
      const whole = await mac.compute(message);
      const nonce = concatBytes(message, whole.subarray(0, MAC_BYTES));
      return nonce.toBase64({ alphabet: 'base64url', omitPadding: true });
    },

    async check(nonce) {
      if (nonce === null || !FORM.test(nonce)) throw badNonce();
      const bytes = Uint8Array.fromBase64(nonce, {
        alphabet: 'base64url',
        lastChunkHandling: 'loose',
      });
      // Another text for the same bytes would not be found among the used ones.
      if (bytes.toBase64({ alphabet: 'base64url', omitPadding: true }) !== nonce) throw badNonce();
      const message = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
      const madeAtSeconds = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      const ageSeconds = readNowSeconds() - madeAtSeconds;
      const isRecent = ageSeconds < LIFETIME_SECONDS && ageSeconds > -LIFETIME_SECONDS;
      const given = bytes.subarray(message.length);
      if (!isRecent || !(await mac.verify(message, given, MAC_BYTES))) throw badNonce();
    },
  };
}

/** The words are those that clients look for before they try again with another nonce. */
export function badNonce(): AcmeError {
  return new AcmeError('bad-nonce', 'JWS has an invalid anti-replay nonce', { field: 'nonce' });
}

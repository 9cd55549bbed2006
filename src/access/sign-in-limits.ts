import { SignetError } from '../errors.ts';
import { findEmbeddedIpv4 } from '../x509/names/embedded-ipv4.ts';
import { parseIpAddress } from '../x509/names/ip-address.ts';
import type { SignInFailureStore } from './session-store.ts';

export const WINDOW_SECONDS = 300;
/** A person mistypes a few times. Several people may share an address. */
const MAX_OF_ADDRESS = 30;
/** An attacker with many addresses can keep the owner from signing in, but not from using the key. */
const MAX_OF_KEY = 100;
/** No id is longer. */
const MAX_ID_CHARACTERS = 64;

export interface SignInLimits {
  /** @throws SignetError throttled, record-unavailable */
  admit(accessKeyId: string, remoteAddress: string | null): Promise<void>;
  /** Counts a wrong id or secret. @throws SignetError record-unavailable */
  countFailure(accessKeyId: string, remoteAddress: string | null): Promise<void>;
}

/**
 * Limits how often a secret can be tried (ASVS 5.0 section 6.3.1). Failures are counted in fixed windows,
 * so a lock-out ends at most five minutes after the last attempt.
 * @param clock Unix ms
 */
export function createSignInLimits(store: SignInFailureStore, clock: () => number): SignInLimits {
  const name = (accessKeyId: string, remoteAddress: string | null) => ({
    address: `address:${networkOf(remoteAddress ?? '')}`,
    key: `key:${accessKeyId.slice(0, MAX_ID_CHARACTERS)}`,
    window: Math.floor(clock() / 1000 / WINDOW_SECONDS),
  });
  return {
    async admit(accessKeyId, remoteAddress) {
      const { address, key, window } = name(accessKeyId, remoteAddress);
      const failures = await store.countFailures([address, key], window);
      const isTooMany =
        (failures.get(address) ?? 0) >= MAX_OF_ADDRESS || (failures.get(key) ?? 0) >= MAX_OF_KEY;
      if (!isTooMany) return;
      throw new SignetError(
        'throttled',
        'Too many attempts to sign in have failed. Wait five minutes, or use the access key without a session.',
      );
    },

    async countFailure(accessKeyId, remoteAddress) {
      const { address, key, window } = name(accessKeyId, remoteAddress);
      await store.addFailure([address, key], window);
    },
  };
}

/** A network gives each customer 2^64 IPv6 addresses or more (RFC 6177): they count as one. */
const IPV6_NETWORK_BYTES = 8;

function networkOf(address: string): string {
  const octets = parseIpAddress(address);
  if (octets?.length !== 16 || findEmbeddedIpv4(octets) !== null) return address;
  return `${octets.subarray(0, IPV6_NETWORK_BYTES).toHex()}/64`;
}

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
  /**
   * Runs one attempt. It counts as failed until it has succeeded, so that attempts that come at once are
   * limited as well. An attempt that its address may not make does not count for the access key: otherwise
   * one address could keep everybody from signing in with it.
   * @throws SignetError throttled, record-unavailable, and what `verify` throws
   */
  attempt<T>(
    accessKeyId: string,
    remoteAddress: string | null,
    verify: () => Promise<T>,
  ): Promise<T>;
}

/**
 * Limits how often a secret can be tried (ASVS 5.0 section 6.3.1). Failures are counted in fixed windows,
 * so a lock-out ends at most five minutes after the last attempt.
 * @param clock Unix ms
 */
export function createSignInLimits(store: SignInFailureStore, clock: () => number): SignInLimits {
  return {
    async attempt(accessKeyId, remoteAddress, verify) {
      const address = `address:${networkOf(remoteAddress ?? '')}`;
      const key = `key:${accessKeyId.slice(0, MAX_ID_CHARACTERS)}`;
      const window = Math.floor(clock() / 1000 / WINDOW_SECONDS);
      const failures = await store.addFailure({ address, key }, MAX_OF_ADDRESS, window);
      if (failures.ofAddress > MAX_OF_ADDRESS || failures.ofKey > MAX_OF_KEY) {
        throw new SignetError(
          'throttled',
          'Too many attempts to sign in have failed. Wait five minutes, or use the access key without a session.',
        );
      }
      const verified = await verify();
      await store.removeFailure([address, key], window);
      return verified;
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

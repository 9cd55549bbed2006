import { encodeUtf8 } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import type { Mac } from '../../keys/mac.ts';
import type { Authorization } from './order.ts';

/** The purpose of the key that authenticates proofs. */
export const PROOF_PURPOSE = 'signet-acme-authorization-v1';

/**
 * Another program that writes to the database could make an authorization valid. So a validation leaves a
 * MAC, without which nothing is issued. A pre-authorized identifier needs none: the policy, whose rules
 * are sealed, is asked again.
 */
export interface AuthorizationProofs {
  /** @param authorization as it is after the validation. @throws SignetError sealing-unavailable */
  make(authorization: Authorization): Promise<string>;
  /** @throws SignetError sealing-unavailable if one that was validated has no MAC for what it says */
  require(authorizations: readonly Authorization[]): Promise<void>;
}

export function createAuthorizationProofs(mac: Mac): AuthorizationProofs {
  async function isProven(authorization: Authorization): Promise<boolean> {
    const { preAuthorized, proof } = authorization;
    if (preAuthorized) return true;
    return proof !== null && mac.verifyBase64(describe(authorization), proof);
  }

  return {
    make: async (authorization) => (await mac.compute(describe(authorization))).toBase64(),

    async require(authorizations) {
      const proven = await Promise.all(authorizations.map(isProven));
      if (proven.every((each) => each)) return;
      throw new SignetError(
        'sealing-unavailable',
        'An authorization of the order cannot be verified any more. Make a new order.',
        { cause: 'another program has changed the authorization, or its SEALING_KEY is gone' },
      );
    },
  };
}

function describe(authorization: Authorization): Uint8Array {
  const { id, orderId, accountId, identifier, wildcard } = authorization;
  const { validatedAtSeconds, expiresAtSeconds } = authorization;
  const { type, value } = identifier;
  return encodeUtf8(
    JSON.stringify([
      ...[id, orderId, accountId, type, value, wildcard],
      ...[validatedAtSeconds, expiresAtSeconds],
    ]),
  );
}

import type { Principal } from './principal.ts';

/**
 * The principal of requests in the openssl-ca dialect. Its clients share one secret and have no
 * account. A request that decrypts and parses proves the secret, and acts for the account `root`.
 */
export const SHARED_SECRET_PRINCIPAL: Principal = Object.freeze({
  accountId: 'root',
  actor: 'openssl-ca-secret',
  grant: null,
  policyId: null,
});

import type { Principal } from './principal.ts';

/**
 * Who a request of the openssl-ca dialect acts for. Its clients hold one shared secret and no
 * account: knowing the secret shows in the envelope that decrypts to something which parses, and
 * what is made belongs to the account `root`.
 */
export const SHARED_SECRET_PRINCIPAL: Principal = Object.freeze({
  accountId: 'root',
  actor: 'openssl-ca-secret',
  grant: null,
});

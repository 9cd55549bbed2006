import { createAccessKeys } from '../access/access-keys.ts';
import { createAccounts } from '../access/accounts.ts';
import { createIdempotency } from '../access/idempotency.ts';
import {
  claimNonce,
  type NonceUse,
  recordAnsweredCall,
  recordRefusedCall,
} from '../access/nonces.ts';
import type { Principal } from '../access/principal.ts';
import { createAccessKeySecrets } from '../access/secrets.ts';
import { createSessions, SESSION_PURPOSE } from '../access/sessions.ts';
import { createThrottle, isRateLimiter } from '../access/throttle.ts';
import { createMac } from '../keys/mac.ts';
import { createAccessKeyStore } from '../store/access-key.ts';
import { createAccessKeySecretStore } from '../store/access-key-secret.ts';
import { createAccountStore } from '../store/account.ts';
import { createIdempotencyStore } from '../store/idempotency-key.ts';
import { createNonceStore } from '../store/nonce.ts';
import { createSessionStore } from '../store/session.ts';
import type { Foundation } from './foundation.ts';

/** Joins accounts, access keys, idempotency keys, nonces and throttling. */
export function wireAccess(foundation: Foundation) {
  const { env, db, config, sealer, clock, randomBytes, keepAlive } = foundation;
  const idempotency = { store: createIdempotencyStore(db), sealer, clock };
  const nonces = { store: createNonceStore(db), clock };
  const accessKeySecrets = createAccessKeySecrets({
    store: createAccessKeySecretStore(db),
    sealer,
    rootAccessKey: config.rootAccessKey,
    clock,
    randomBytes,
  });
  return {
    idempotency,
    nonces,
    services: {
      accessKeySecrets,
      sessions: createSessions({
        store: createSessionStore(db),
        secrets: accessKeySecrets,
        mac: createMac(config.sealingKeys, SESSION_PURPOSE),
        clock,
        randomBytes,
        keepAlive,
      }),
      accounts: createAccounts({
        store: createAccountStore(db),
        secrets: accessKeySecrets,
        clock,
        randomBytes,
      }),
      accessKeys: createAccessKeys({
        store: createAccessKeyStore(db),
        secrets: accessKeySecrets,
        sealer,
        clock,
        randomBytes,
      }),
      idempotency: createIdempotency(idempotency),
      admitCall: createThrottle(
        isRateLimiter(env.CALLS_PER_ACCESS_KEY) ? env.CALLS_PER_ACCESS_KEY : null,
      ),
      recordRefusedCall: (call: Parameters<typeof recordRefusedCall>[1]) =>
        recordRefusedCall(nonces, call),
      recordAnsweredCall: (call: Parameters<typeof recordAnsweredCall>[1]) =>
        recordAnsweredCall(nonces, call),
      claimNonce: (principal: Principal, use: NonceUse) => claimNonce(nonces, principal, use),
    },
  };
}

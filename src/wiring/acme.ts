import { createAcmeAccounts } from '../acme/accounts.ts';
import { createEabKeys } from '../acme/eab-keys.ts';
import { createAcmeNonces, NONCE_PURPOSE } from '../acme/nonces.ts';
import { createOpenAccounts } from '../acme/open-account.ts';
import { openCall, type SignedRequest } from '../acme/open-call.ts';
import { createMac } from '../keys/mac.ts';
import { createAcmeAccountStore } from '../store/acme-account.ts';
import { createEabKeyStore } from '../store/eab-key.ts';
import type { Foundation } from './foundation.ts';

/** Joins ACME: its nonces, accounts and keys for external account binding. */
export function wireAcme({ db, config, sealer, clock, randomBytes }: Foundation) {
  const store = createAcmeAccountStore(db);
  const opened = createOpenAccounts({ store, sealer });
  const nonces = createAcmeNonces({
    mac: createMac(config.sealingKeys, NONCE_PURPOSE),
    clock,
    randomBytes,
  });
  const calls = { nonces, accounts: opened, clock };
  return {
    services: {
      acmeNonces: nonces,
      openAcmeCall: (request: SignedRequest) => openCall(calls, request),
      acmeAccounts: createAcmeAccounts({ store, opened, sealer, randomBytes }),
      eabKeys: createEabKeys({ store: createEabKeyStore(db), sealer, clock, randomBytes }),
    },
  };
}

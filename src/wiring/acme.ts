import type { AccessKeySecrets } from '../access/secrets.ts';
import { createAcmeAccounts } from '../acme/accounts.ts';
import { createEabKeys } from '../acme/eab-keys.ts';
import { createAcmeNonces, NONCE_PURPOSE } from '../acme/nonces.ts';
import { createOpenAccounts } from '../acme/open-account.ts';
import { openCall, type SignedRequest } from '../acme/open-call.ts';
import { createAcmeCertificates } from '../acme/orders/certificates.ts';
import { createFinalize } from '../acme/orders/finalize.ts';
import { createAcmeOrders } from '../acme/orders/orders.ts';
import type { Authority } from '../authorities/authority.ts';
import { equalBytes } from '../bytes.ts';
import type { Issue } from '../issuance/issue-certificate.ts';
import { createMac } from '../keys/mac.ts';
import type { OpenBounds } from '../policy/bounds.ts';
import { createAcmeAccountStore } from '../store/acme-account.ts';
import { createAcmeOrderStore } from '../store/acme-order.ts';
import { createEabKeyStore } from '../store/eab-key.ts';
import type { Foundation } from './foundation.ts';

interface AcmeParts {
  readonly issue: Issue;
  readonly openBounds: OpenBounds;
  readonly secrets: AccessKeySecrets;
  listGenerations(lineageId: string): Promise<readonly string[]>;
}

/** Joins ACME: its nonces, accounts, keys for external account binding, and orders. */
export function wireAcme(
  foundation: Foundation,
  { issue, openBounds, secrets, listGenerations }: AcmeParts,
) {
  const { db, config, sealer, clock, randomBytes, keepAlive, authorities } = foundation;
  const store = createAcmeAccountStore(db);
  const opened = createOpenAccounts({ store, sealer });
  const nonces = createAcmeNonces({
    mac: createMac(config.sealingKeys, NONCE_PURPOSE),
    clock,
    randomBytes,
  });
  const calls = { nonces, accounts: opened, clock };
  const orderStore = createAcmeOrderStore(db);

  async function findGeneration(
    authority: Authority,
    keyIdentifier: Uint8Array,
  ): Promise<Authority | null> {
    if (equalBytes(authority.subjectKeyIdentifier, keyIdentifier)) return authority;
    for (const id of await listGenerations(authority.lineageId)) {
      const generation = await authorities.open(id);
      if (equalBytes(generation.subjectKeyIdentifier, keyIdentifier)) return generation;
    }
    return null;
  }

  return {
    services: {
      acmeNonces: nonces,
      openAcmeCall: (request: SignedRequest) => openCall(calls, request),
      acmeAccounts: createAcmeAccounts({ store, opened, sealer, randomBytes }),
      eabKeys: createEabKeys({ store: createEabKeyStore(db), secrets, sealer, clock, randomBytes }),
      acmeOrders: createAcmeOrders({
        store: orderStore,
        profiles: config.profiles,
        openBounds,
        randomBytes,
        findGeneration,
      }),
      acmeFinalize: createFinalize({
        store: orderStore,
        issue,
        profiles: config.profiles,
        openBounds,
        keepAlive,
      }),
      acmeCertificates: createAcmeCertificates({
        store: orderStore,
        openAuthority: authorities.open,
      }),
    },
  };
}

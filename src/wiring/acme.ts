import type { AccessKeySecrets } from '../access/secrets.ts';
import type { AccountTerms } from '../acme/account.ts';
import { createAcmeAccountAdministration } from '../acme/account-administration.ts';
import { createAcmeAccounts } from '../acme/accounts.ts';
import { createEabKeys } from '../acme/eab-keys.ts';
import { findRenewal } from '../acme/find-renewal.ts';
import { createAcmeNonces, NONCE_PURPOSE } from '../acme/nonces.ts';
import { createOpenAccounts } from '../acme/open-account.ts';
import { openCall, type SignedRequest } from '../acme/open-call.ts';
import { createAuthorizationProofs, PROOF_PURPOSE } from '../acme/orders/authorization-proofs.ts';
import { createAcmeAuthorizations } from '../acme/orders/authorizations.ts';
import { createAcmeCertificates } from '../acme/orders/certificates.ts';
import { createFinalize } from '../acme/orders/finalize.ts';
import { createAcmeOrders } from '../acme/orders/orders.ts';
import { revokeByAcme } from '../acme/revoke.ts';
import type { Authority } from '../authorities/authority.ts';
import { equalBytes } from '../bytes.ts';
import type { Issue } from '../issuance/issue-certificate.ts';
import { createMac } from '../keys/mac.ts';
import { createNetwork } from '../net/create-network.ts';
import type { OpenBounds } from '../policy/bounds.ts';
import type { RevocationRequest, Revoked } from '../revocation/revoke.ts';
import { createAcmeAccountStore } from '../store/acme-account.ts';
import { createAcmeAccountAdministrationStore } from '../store/acme-account-administration.ts';
import { createAcmeAuthorizationStore } from '../store/acme-authorization.ts';
import { createAcmeCertificateStore } from '../store/acme-certificate.ts';
import { createAcmeOrderStore } from '../store/acme-order.ts';
import { createUnfinishedStore } from '../store/acme-unfinished.ts';
import { createEabKeyStore } from '../store/eab-key.ts';
import type { Foundation } from './foundation.ts';

interface AcmeParts {
  readonly issue: Issue;
  readonly openBounds: OpenBounds;
  readonly secrets: AccessKeySecrets;
  readonly revoke: (request: RevocationRequest) => Promise<Revoked>;
  listGenerations(lineageId: string): Promise<readonly string[]>;
}

/** Joins ACME: its nonces, accounts, keys for external account binding, orders and certificates. */
export function wireAcme(foundation: Foundation, parts: AcmeParts) {
  const { db, config, sealer, clock, randomBytes, keepAlive, authorities, outbound } = foundation;
  const { issue, openBounds, secrets, revoke, listGenerations } = parts;
  const accountStore = createAcmeAccountStore(db);
  const accounts = createOpenAccounts({ store: accountStore, sealer });
  const nonces = createAcmeNonces({
    mac: createMac(config.sealingKeys, NONCE_PURPOSE),
    clock,
    randomBytes,
  });
  const orderStore = createAcmeOrderStore(db);
  const certificateStore = createAcmeCertificateStore(db);
  const proving = {
    proofs: createAuthorizationProofs(createMac(config.sealingKeys, PROOF_PURPOSE)),
    network: createNetwork(config, outbound),
    caa: { identities: config.acmeCaaIdentities, exemptSuffixes: config.acmeNoCaaSuffixes },
    makeAccountUrl: ({ id, lineageId }: AccountTerms) =>
      `${config.publicUrl}/acme/${lineageId}/acct/${id}`,
    keepAlive,
    clock,
  };
  const ordering = { store: orderStore, profiles: config.profiles, openBounds };
  const authorizations = createAcmeAuthorizations({
    ...proving,
    store: createAcmeAuthorizationStore(db),
  });
  const finalize = createFinalize({ ...proving, ...ordering, issue });

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
    expired: { store: certificateStore, clock },
    unfinished: { store: createUnfinishedStore(db), accounts, authorizations, finalize, clock },
    services: {
      acmeNonces: nonces,
      openAcmeCall: (request: SignedRequest) => openCall({ nonces, accounts, clock }, request),
      acmeAccounts: createAcmeAccounts({
        store: accountStore,
        opened: accounts,
        sealer,
        randomBytes,
      }),
      acmeAdministration: createAcmeAccountAdministration({
        store: createAcmeAccountAdministrationStore(db),
        clock,
      }),
      eabKeys: createEabKeys({ store: createEabKeyStore(db), secrets, sealer, clock, randomBytes }),
      acmeOrders: createAcmeOrders({ ...ordering, randomBytes, findGeneration }),
      acmeAuthorizations: authorizations,
      acmeFinalize: finalize,
      acmeCertificates: createAcmeCertificates({
        store: orderStore,
        openAuthority: authorities.open,
      }),
      revokeByAcme: (
        call: Parameters<typeof revokeByAcme>[1],
        wish: Parameters<typeof revokeByAcme>[2],
      ) => revokeByAcme({ store: certificateStore, revoke }, call, wish),
      findAcmeRenewal: (authority: Authority, certificateId: string) =>
        findRenewal({ store: certificateStore, findGeneration, clock }, authority, certificateId),
    },
  };
}

import { createAccessKeys } from './access/access-keys.ts';
import { createAccounts } from './access/accounts.ts';
import { createIdempotency } from './access/idempotency.ts';
import { claimNonce, recordAnsweredCall, recordRefusedCall } from './access/nonces.ts';
import { accessOf } from './access/principal.ts';
import { createAccessKeySecrets } from './access/secrets.ts';
import { createThrottle, isRateLimiter } from './access/throttle.ts';
import { listAuditEvents } from './audit/list.ts';
import type { SealDependencies } from './audit/seal.ts';
import { verifyAuditChain } from './audit/verify.ts';
import type { Authority } from './authorities/authority.ts';
import { DEFAULT_AUTHORITY_ID } from './authorities/default-authority.ts';
import { createExternalCaInstances } from './authorities/external-ca-instances.ts';
import { importHistory } from './authorities/import-history.ts';
import { createAuthorityManager } from './authorities/manage-authorities.ts';
import { type Authorities, createAuthorities } from './authorities/open-authority.ts';
import { type Config, type Env, readConfig } from './config.ts';
import { createApp } from './http/app.ts';
import { createCrlPurge } from './http/edge-cache.ts';
import type { Services } from './http/services.ts';
import { createInventory } from './inventory/create-inventory.ts';
import type { ExpiryEvent } from './inventory/mark-expiring.ts';
import { createIssuer } from './issuance/issue.ts';
import { createExternalCaIssuer } from './issuance/issue-external-ca.ts';
import { createIdentifiedLeafIssuer } from './issuance/issue-identified-leaf.ts';
import { createSubordinateIssuer } from './issuance/issue-subordinate.ts';
import { type JobDependencies, runAllJobs, runJob } from './jobs/run-job.ts';
import { createSealer } from './keys/sealing.ts';
import { type CrlAuthority, currentCrl } from './revocation/current-crl.ts';
import type { PurgeDependencies } from './revocation/purge-edge.ts';
import { revokeCertificate } from './revocation/revoke.ts';
import { createAccessKeyStore } from './store/access-key.ts';
import { createAccessKeySecretStore } from './store/access-key-secret.ts';
import { createAccountStore } from './store/account.ts';
import { createAuditStore } from './store/audit.ts';
import { createAuthorityStore } from './store/authority.ts';
import { createAuthorityManagementStore } from './store/authority-management.ts';
import { createCertificateStore } from './store/certificate.ts';
import { createCrlStore } from './store/crl.ts';
import { createExternalCaInstanceStore } from './store/external-ca-instance.ts';
import { checkGrant } from './store/grant.ts';
import { createHistoryStore } from './store/history.ts';
import { createIdempotencyStore } from './store/idempotency-key.ts';
import { createIdentifiedCertificateStore } from './store/identified-certificate.ts';
import { createInventoryStore } from './store/inventory.ts';
import { createBindingStore } from './store/inventory-bindings.ts';
import { createExpiryStore } from './store/inventory-expiry.ts';
import { createIssuanceStore } from './store/issuance.ts';
import { createNonceStore } from './store/nonce.ts';
import { createPurgeStore } from './store/purge.ts';
import { createRevocationStore } from './store/revocation.ts';
import {
  createSealedAccessKeyStore,
  createSealedAnswerStore,
  createSealedAuthorityKeyStore,
  createSealedPrivateKeyStore,
} from './store/sealed-texts.ts';
import { createSubordinateStore } from './store/subordinate.ts';
import { signatureAlgorithmForKey } from './x509/algorithms.ts';
import { parsePublicKey } from './x509/public-key.ts';
import { verifySignature } from './x509/verify-signature.ts';

const clock = () => Date.now();
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
/** For whoever watches the log, such as a rule that sends mail. */
const writeEvent = (event: ExpiryEvent) =>
  console.log(JSON.stringify({ level: 'warn', at: new Date(clock()).toISOString(), ...event }));

interface Parts {
  readonly config: Config;
  readonly services: Services;
  openJobs(purgeCrls: PurgeDependencies['purgeCrls']): Promise<JobDependencies>;
}

/** Joins stores, domain and configuration. Imports and opens nothing by itself. */
function createParts(env: Env): Parts {
  const config = readConfig(env);
  const sealer = createSealer(config.sealingKeys);
  const authorities = createAuthorities({
    config,
    sealer,
    clock,
    randomBytes,
    store: createAuthorityStore(env.DB),
  });
  const authorityStore = createAuthorityManagementStore(env.DB);
  const crl = {
    store: createCrlStore(env.DB),
    clock,
    crlLifetimeSeconds: config.crlLifetimeSeconds,
    renewBeforeSeconds: config.crlRenewBeforeSeconds,
  };
  const auditStore = createAuditStore(env.DB);
  const certificates = createCertificateStore(env.DB);
  const historyDependencies = { store: createHistoryStore(env.DB), clock };
  const revocation = { store: createRevocationStore(env.DB), clock };
  const idempotency = { store: createIdempotencyStore(env.DB), sealer, clock };

  const nonces = { store: createNonceStore(env.DB), clock };
  const instances = createExternalCaInstanceStore(env.DB);
  const identified = createIdentifiedCertificateStore(env.DB);

  /** What is held was found to be over: another isolate has changed it. */
  function reopenAuthority({ id, lineageId }: Authority): Promise<Authority> {
    authorities.forget(lineageId);
    return authorities.openCurrent(id);
  }

  async function openJobs(purgeCrls: PurgeDependencies['purgeCrls']): Promise<JobDependencies> {
    return {
      crl,
      purge: { store: createPurgeStore(env.DB), purgeCrls },
      idempotency,
      nonces,
      reseal: {
        sealer,
        stores: [
          createSealedPrivateKeyStore(env.DB),
          createSealedAccessKeyStore(env.DB),
          createSealedAnswerStore(env.DB),
          createSealedAuthorityKeyStore(env.DB),
        ],
      },
      expiring: { store: createExpiryStore(env.DB), clock, writeEvent },
      // Events are chained also where no authority can sign: only the checkpoint waits.
      seal: {
        store: auditStore,
        clock,
        signer: await authorities
          .openCurrent(DEFAULT_AUTHORITY_ID)
          .then(checkpointSigner, () => null),
      },
      listAuthorities: () => openListed(authorities, () => authorityStore.listIds(), clock),
    };
  }

  const services: Services = {
    config,
    clock,
    openAuthority: authorities.open,
    openCurrentAuthority: authorities.openCurrent,
    listGenerations: async (id) =>
      (await authorityStore.listGenerations(id, null)).map((generation) => generation.id),
    listCrossCertificates: (id) => authorityStore.listCrossCertificates(id),
    authorityManager: createAuthorityManager({
      config,
      store: authorityStore,
      authorities,
      sealer,
      clock,
      randomBytes,
    }),
    accessKeySecrets: createAccessKeySecrets({
      store: createAccessKeySecretStore(env.DB),
      sealer,
      rootAccessKey: config.rootAccessKey,
      clock,
      randomBytes,
    }),
    accounts: createAccounts({ store: createAccountStore(env.DB), clock, randomBytes }),
    accessKeys: createAccessKeys({
      store: createAccessKeyStore(env.DB),
      sealer,
      clock,
      randomBytes,
    }),
    idempotency: createIdempotency(idempotency),
    inventory: createInventory({
      store: createInventoryStore(env.DB),
      bindings: createBindingStore(env.DB),
      sealer,
      clock,
      randomBytes,
      defaultQuota: config.inventoryQuota,
    }),
    issueCertificate: createIssuer({
      store: createIssuanceStore(env.DB),
      clock,
      randomBytes,
      profiles: config.profiles,
      publicationUrl: config.publicationUrl,
      reopenAuthority,
    }),
    externalCaInstances: createExternalCaInstances({
      store: instances,
      openAuthority: authorities.openCurrent,
      clock,
      randomBytes,
    }),
    issueExternalCa: createExternalCaIssuer({
      store: instances,
      openAuthority: authorities.openCurrent,
      reopenAuthority,
      issueSubordinate: createSubordinateIssuer({
        store: createSubordinateStore(env.DB),
        clock,
        randomBytes,
        publicationUrl: config.publicationUrl,
      }),
      clock,
    }),
    issueIdentifiedLeaf: createIdentifiedLeafIssuer({
      store: createSubordinateStore(env.DB),
      clock,
      randomBytes,
      publicationUrl: config.publicationUrl,
      reopenAuthority,
    }),
    findIdentified: (identifier, principal) =>
      identified.findIdentified(identifier, accessOf(principal, clock())),
    listIdentified: (page, principal) =>
      identified.listIdentified(page, accessOf(principal, clock())),
    findInstanceOf: (identifier, principal) =>
      identified.findInstanceOf(identifier, accessOf(principal, clock())),
    admitCall: createThrottle(
      isRateLimiter(env.CALLS_PER_ACCESS_KEY) ? env.CALLS_PER_ACCESS_KEY : null,
    ),
    recordRefusedCall: (call) => recordRefusedCall(nonces, call),
    recordAnsweredCall: (call) => recordAnsweredCall(nonces, call),
    claimNonce: (use) => claimNonce(nonces, use),
    revokeCertificate: (request) => revokeCertificate(revocation, request),
    importHistory: (...history) => importHistory(historyDependencies, ...history),
    currentCrl: (authority) => currentCrl(crl, crlAuthority(authority)),
    findRevision: (authorityId) => crl.store.findRevision(authorityId),
    findCertificates: (serialHex, authorityId, principal) =>
      certificates.findCertificates(serialHex, authorityId, accessOf(principal, clock())),
    listAuditEvents: (page, principal) =>
      listAuditEvents(auditStore, page, accessOf(principal, clock())),
    verifyAuditChain: (range, principal) =>
      verifyAuditChain(
        { store: auditStore, verifyCheckpoint: createVerifier(authorities.open) },
        { ...range, check: accessOf(principal, clock()) },
      ),
    runJob: async (name, principal, purgeCrls) => {
      // A job is many queries, none of them the caller's own: the first one asks for the grant.
      await checkGrant(env.DB, accessOf(principal, clock()));
      return runJob(name, await openJobs(purgeCrls));
    },
    checkHealth: () => checkHealth(config, services),
  };
  return { config, services, openJobs };
}

function crlAuthority(authority: Authority): CrlAuthority {
  const { id, subjectDer, subjectKeyIdentifier, notAfterSeconds, crlSigner } = authority;
  return { id, subjectDer, subjectKeyIdentifier, notAfterSeconds, signer: crlSigner };
}

/** Every generation whose certificate has not expired: what it signed must be revocable so long. */
async function openListed(
  { open, openCurrent }: Authorities,
  listIds: () => Promise<readonly string[]>,
  now: () => number,
): Promise<readonly CrlAuthority[]> {
  // The first start may not have made it yet.
  await openCurrent(DEFAULT_AUTHORITY_ID).catch(() => null);
  const opened: Authority[] = [];
  for (const id of await listIds()) opened.push(await open(id));
  return opened.filter(({ notAfterSeconds }) => notAfterSeconds * 1000 > now()).map(crlAuthority);
}

function checkpointSigner({ id, signing }: Authority): SealDependencies['signer'] {
  if (!('signer' in signing)) return null;
  return { authorityId: id, sign: (message) => signing.signer.sign(message) };
}

/** Checkpoints are signed as certificates are, by the authority's own key. */
function createVerifier(openAuthority: (id: string) => Promise<Authority>) {
  return async (authorityId: string, message: Uint8Array, signature: Uint8Array) => {
    const { certificate } = await openAuthority(authorityId);
    const key = parsePublicKey(certificate.spkiDer);
    const algorithm = signatureAlgorithmForKey(key.kind, key.namedCurve);
    return verifySignature(key, { algorithm, pss: null }, message, signature);
  };
}

async function checkHealth(config: Config, services: Services) {
  const answers = async (probe: () => Promise<boolean>) => probe().catch(() => false);
  return {
    secrets:
      config.problems.length === 0 && config.caKeyPem !== null && config.rootAccessKey !== null,
    database: await answers(async () => {
      await services.findRevision(DEFAULT_AUTHORITY_ID);
      return true;
    }),
    authority: await answers(async () => {
      const authority = await services.openCurrentAuthority(DEFAULT_AUTHORITY_ID);
      return 'signer' in authority.signing && authority.notAfterSeconds * 1000 > clock();
    }),
  };
}

/** One set of parts for each environment, so that keys are imported once in an isolate. */
const partsByEnv = new WeakMap<Env, Parts>();

function openParts(env: Env): Parts {
  const known = partsByEnv.get(env);
  if (known !== undefined) return known;
  const parts = createParts(env);
  for (const { name, message } of parts.config.problems) {
    console.error(JSON.stringify({ level: 'error', message: `${name} ${message}` }));
  }
  partsByEnv.set(env, parts);
  return parts;
}

const app = createApp<Env>({
  openServices: (env) => openParts(env).services,
  clock,
  writeLog: (line) => console.log(line),
});

export default {
  fetch: (request, env, runtime) => app.fetch(request, env, runtime),

  async scheduled(_controller, env, runtime) {
    const { openJobs } = openParts(env);
    for (const result of await runAllJobs(await openJobs(createCrlPurge(runtime)))) {
      const failed = 'error' in result;
      const line = JSON.stringify({
        level: failed ? 'error' : 'info',
        at: new Date(clock()).toISOString(),
        job: result.name,
        ...(failed ? { error: String(result.error) } : { report: result.report }),
      });
      console.log(line);
    }
  },
} satisfies ExportedHandler<Env>;

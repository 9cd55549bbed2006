import { accessOf } from '../access/principal.ts';
import type { Config, Env } from '../config.ts';
import type { Services } from '../http/services.ts';
import { type JobDependencies, runJob } from '../jobs/run-job.ts';
import { shuffle } from '../jobs/shuffle.ts';
import { checkGrant } from '../store/grant.ts';
import { createMetricsStore } from '../store/metrics.ts';
import { createPurgeStore } from '../store/purge.ts';
import {
  createSealedAccessKeyStore,
  createSealedAcmeAccountStore,
  createSealedAcmeSettingsStore,
  createSealedAnswerStore,
  createSealedAuthorityKeyStore,
  createSealedEabKeyStore,
  createSealedInstanceStore,
  createSealedPolicyStore,
  createSealedPrivateKeyStore,
  createSealedProfilesStore,
  createSealedResponderKeyStore,
  createSealedWebhookStore,
} from '../store/sealed-texts.ts';
import { createIndexStore } from '../store/search-terms.ts';
import { wireAccess } from './access.ts';
import { wireAcme } from './acme.ts';
import { wireAudit } from './audit.ts';
import { wireAuthorities } from './authorities.ts';
import { checkHealth } from './check-health.ts';
import { createFoundation } from './foundation.ts';
import { wireInventory } from './inventory.ts';
import { wireIssuance } from './issuance.ts';
import { wireOcsp } from './ocsp.ts';
import { CLOUDFLARE, type Platform } from './platform.ts';
import { wirePolicies } from './policies.ts';
import { wireRevocation } from './revocation.ts';
import { wireWebhooks } from './webhooks.ts';

export interface Parts {
  readonly config: Config;
  readonly services: Services;
  /** Evicts all authorities from memory, because another process has changed one. */
  evictAuthorities(): void;
  openJobs(): Promise<JobDependencies>;
}

/** Joins stores, domain folders and configuration. It imports no key and sends no query. */
export function createParts(env: Env, platform: Platform = CLOUDFLARE): Parts {
  const foundation = createFoundation(env, platform);
  const { db, config, sealer, edge, clock } = foundation;
  const access = wireAccess(foundation);
  const { accessKeySecrets } = access.services;
  const policies = wirePolicies(foundation, accessKeySecrets);
  const { openBounds } = policies;
  const authorities = wireAuthorities(foundation, accessKeySecrets, openBounds);
  const issuance = wireIssuance(foundation, openBounds);
  const revocation = wireRevocation(foundation, authorities.listIds);
  const ocsp = wireOcsp(foundation, platform, authorities.services.listGenerations);
  const inventory = wireInventory(foundation);
  const acme = wireAcme(foundation, {
    issue: issuance.issue,
    openBounds,
    secrets: accessKeySecrets,
    listGenerations: authorities.services.listGenerations,
    revoke: revocation.services.revokeCertificate,
  });
  const audit = wireAudit(foundation);
  const metrics = createMetricsStore(db);
  const webhooks = wireWebhooks(foundation, authorities.listIds);

  async function openJobs(): Promise<JobDependencies> {
    return {
      crl: revocation.crl,
      retirement: revocation.retirement,
      listAuthorities: revocation.listAuthorities,
      purge: { store: createPurgeStore(db), edge: edge.retry },
      reseal: {
        sealer,
        stores: shuffle(
          [
            createSealedPrivateKeyStore(db),
            createSealedAccessKeyStore(db),
            createSealedAnswerStore(db),
            createSealedAuthorityKeyStore(db),
            createSealedResponderKeyStore(db),
            createSealedInstanceStore(db),
            createSealedProfilesStore(db),
            createSealedAcmeSettingsStore(db),
            createSealedEabKeyStore(db),
            createSealedAcmeAccountStore(db),
            createSealedPolicyStore(db),
            createSealedWebhookStore(db),
          ],
          Math.random,
        ),
        random: Math.random,
      },
      expiring: inventory.expiring,
      deliveries: webhooks.deliveries,
      announcements: webhooks.announcements,
      authorityAnnouncements: webhooks.authorityAnnouncements,
      unfinished: acme.unfinished,
      index: { store: createIndexStore(db) },
      noteRun: (job, succeeded) =>
        metrics.noteRun(job, succeeded, Math.floor(clock() / 1000)).catch(() => {}),
      cleanUp: {
        certificates: issuance.expired,
        idempotency: access.idempotency,
        nonces: access.nonces,
        sessions: access.services.sessions,
        acme: acme.expired,
      },
      renewOcspResponders: ocsp.services.ocspResponders.renewDue,
      seal: await audit.openSeal(),
    };
  }

  const services: Services = {
    config,
    clock,
    edge,
    ...access.services,
    ...authorities.services,
    ...issuance.services,
    ...revocation.services,
    ...ocsp.services,
    ...inventory.services,
    ...acme.services,
    ...audit.services,
    ...policies.services,
    ...webhooks.services,
    checkGrant: (principal) => checkGrant(db, accessOf(principal, clock())),
    readFigures: (principal) => metrics.readFigures(accessOf(principal, clock())),
    runJob: async (name, principal) => {
      // The queries of a job do not check the grant.
      await services.checkGrant(principal);
      return runJob(name, await openJobs());
    },
    checkHealth: (origin) =>
      checkHealth(foundation, platform.showsPort ? origin : null, {
        findScopeRevision: revocation.services.findScopeRevision,
        findPolicyProblem: policies.findPolicyProblem,
        findSealingProblem: audit.findSealingProblem,
        findNewestIssued: issuance.findNewestIssued,
      }),
  };
  const evictAuthorities = () => foundation.authorities.evict(null);
  return { config, services, openJobs, evictAuthorities };
}

import { finishAcme, type UnfinishedDependencies } from '../acme/orders/unfinished.ts';
import { type SealDependencies, sealAuditEvents } from '../audit/seal.ts';
import { SignetError } from '../errors.ts';
import { type MarkExpiringDependencies, markExpiring } from '../inventory/mark-expiring.ts';
import { type ResealDependencies, resealTexts } from '../inventory/reseal.ts';
import type { CurrentListDependencies } from '../lists/current-crl.ts';
import { renewLists } from '../lists/renew-lists.ts';
import { type RetirementDependencies, retireRevocations } from '../lists/retire.ts';
import type { CrlAuthority } from '../lists/revocation-list.ts';
import type { OcspResponders } from '../ocsp/ocsp-responders.ts';
import { type RetryDependencies, retryPurges } from '../revocation/retry-purges.ts';
import { type IndexStore, indexCertificates } from '../search/index-certificates.ts';
import { type AnnounceDependencies, announceExpiring } from '../webhooks/announce-expiring.ts';
import {
  type AnnounceAuthoritiesDependencies,
  announceExpiringAuthorities,
} from '../webhooks/announce-expiring-authorities.ts';
import { type DeliverDependencies, runDeliveries } from '../webhooks/deliver.ts';
import { type CleanUpDependencies, cleanUp } from './clean-up.ts';
import { shuffle } from './shuffle.ts';

export interface JobDependencies {
  readonly seal: SealDependencies;
  readonly crl: CurrentListDependencies;
  readonly retirement: RetirementDependencies;
  readonly purge: RetryDependencies;
  readonly reseal: ResealDependencies;
  readonly expiring: MarkExpiringDependencies;
  readonly announcements: AnnounceDependencies;
  readonly authorityAnnouncements: AnnounceAuthoritiesDependencies;
  readonly deliveries: DeliverDependencies;
  readonly unfinished: UnfinishedDependencies;
  readonly index: { readonly store: IndexStore };
  readonly cleanUp: CleanUpDependencies;
  /** Notes a run for the metrics. Never fails. */
  noteRun(job: string, succeeded: boolean): Promise<void>;
  readonly renewOcspResponders: OcspResponders['renewDue'];
  /** Some of the authorities whose CRLs are kept up to date, others each time. */
  listAuthorities(): Promise<readonly CrlAuthority[]>;
}

/** The result of a job, for a log line. */
export type JobReport = Readonly<Record<string, string | number | boolean>>;

/** The jobs. Each may run at any time, also several times at once. */
const JOBS = {
  'seal-audit': async ({ seal }: JobDependencies) => ({ ...(await sealAuditEvents(seal)) }),
  'renew-crl': async ({ crl, listAuthorities }: JobDependencies) =>
    renewLists(crl, await listAuthorities()),
  'retire-revocations': async ({ retirement, listAuthorities }: JobDependencies) => {
    const authorities = await listAuthorities();
    return {
      ...(await retireRevocations(
        retirement,
        authorities.map(({ generationId }) => generationId),
      )),
    };
  },
  'purge-edge': async ({ purge }: JobDependencies) => ({ ...(await retryPurges(purge)) }),
  reseal: async ({ reseal }: JobDependencies) => ({ ...(await resealTexts(reseal)) }),
  'renew-ocsp-responders': async ({ renewOcspResponders }: JobDependencies) => ({
    ...(await renewOcspResponders()),
  }),
  'mark-expiring': async ({ expiring }: JobDependencies) => ({
    ...(await markExpiring(expiring)),
  }),
  'announce-expiring': async ({ announcements, authorityAnnouncements }: JobDependencies) => ({
    authorities: await announceExpiringAuthorities(authorityAnnouncements),
    ...(await announceExpiring(announcements)),
  }),
  'deliver-webhooks': async ({ deliveries }: JobDependencies) => ({
    ...(await runDeliveries(deliveries)),
  }),
  'finish-acme': async ({ unfinished }: JobDependencies) => ({
    ...(await finishAcme(unfinished)),
  }),
  'index-certificates': async ({ index }: JobDependencies) => ({
    ...(await indexCertificates(index)),
  }),
  'clean-up': async (dependencies: JobDependencies) => ({
    ...(await cleanUp(dependencies.cleanUp)),
  }),
} as const satisfies Record<string, (dependencies: JobDependencies) => Promise<JobReport>>;

export type JobName = keyof typeof JOBS;

export const JOB_NAMES: readonly JobName[] = [
  'seal-audit',
  'renew-crl',
  'retire-revocations',
  'purge-edge',
  'reseal',
  'renew-ocsp-responders',
  'mark-expiring',
  'announce-expiring',
  'deliver-webhooks',
  'finish-acme',
  'index-certificates',
  'clean-up',
];

/** Runs a job by its name. @throws SignetError not-found if there is no such job, and what the job throws */
export async function runJob(name: string, dependencies: JobDependencies): Promise<JobReport> {
  const known = JOB_NAMES.find((job) => job === name);
  if (known === undefined) {
    throw new SignetError(
      'not-found',
      `There is no such job. The jobs are ${JOB_NAMES.join(', ')}.`,
    );
  }
  let succeeded = false;
  try {
    const report = await JOBS[known](dependencies);
    succeeded = true;
    return report;
  } finally {
    await dependencies.noteRun(known, succeeded);
  }
}

export type JobResult =
  | { readonly name: JobName; readonly report: JobReport }
  | { readonly name: JobName; readonly error: unknown };

/**
 * Runs all jobs one after the other, for cron. A job that fails does not stop the others. All share the
 * time and the queries of one invocation: the audit record is sealed first, and the others follow in a
 * random order, so that a long job delays each of them only sometimes.
 */
export async function runAllJobs(
  dependencies: JobDependencies,
  random: () => number = Math.random,
): Promise<readonly JobResult[]> {
  const [first, ...others] = JOB_NAMES;
  const results: JobResult[] = [];
  for (const name of [...(first === undefined ? [] : [first]), ...shuffle(others, random)]) {
    try {
      results.push({ name, report: await runJob(name, dependencies) });
    } catch (error) {
      results.push({ name, error });
    }
  }
  return results;
}

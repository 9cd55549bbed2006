import type { Family, Sample } from './open-metrics.ts';
import type { Figures } from './store.ts';

/** The version of Signet, as in package.json. */
export const VERSION = '0.1.0';

/** RFC 5280 section 5.3.1. */
const REASON_NAMES: readonly string[] = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  '',
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
];

/** What the record says, as metrics. */
export function describeFigures(figures: Figures): readonly Family[] {
  const { certificates, revocations, lists, jobs, webhooks, authorities } = figures;
  const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
    name,
    type: 'gauge',
    help,
    samples,
  });
  const seconds = (name: string, help: string, samples: readonly Sample[]): Family => ({
    ...gauge(name, help, samples),
    unit: 'seconds',
  });
  const ofLists = (read: (list: Figures['lists'][number]) => number) =>
    lists.map((list) => ({
      labels: { authority: list.authorityId, list: nameList(list.partition) },
      value: read(list),
    }));
  const ofJobs = (read: (job: Figures['jobs'][number]) => number | null) =>
    jobs.flatMap((job) => {
      const value = read(job);
      return value === null ? [] : [{ labels: { job: job.job }, value }];
    });
  const ofWebhooks = (read: (webhook: Figures['webhooks'][number]) => number | null) =>
    webhooks.flatMap((webhook) => {
      const value = read(webhook);
      return value === null ? [] : [{ labels: { webhook: webhook.id }, value }];
    });
  return [
    {
      name: 'signet_build',
      type: 'info',
      help: 'The version that runs.',
      samples: [{ labels: { version: VERSION }, value: 1 }],
    },
    gauge(
      'signet_certificates',
      'Certificates on record by state. One that expires today, in UTC, counts as valid.',
      certificates.flatMap(({ authorityId: authority, profile, ...count }) =>
        (['valid', 'expired', 'revoked', 'held'] as const).map((state) => ({
          labels: { authority, profile, state: state === 'held' ? 'on-hold' : state },
          value: count[state],
        })),
      ),
    ),
    gauge(
      'signet_certificates_expiring',
      'Valid certificates that expire within so many days, today included.',
      certificates.flatMap(({ authorityId: authority, profile, expiring }) =>
        expiring.map(({ days, count }) => ({
          labels: { authority, profile, within: `${days}d` },
          value: count,
        })),
      ),
    ),
    gauge(
      'signet_revocations',
      'Certificates that are revoked or on hold, by reason.',
      revocations.map(({ authorityId: authority, reason, total }) => ({
        labels: { authority, reason: REASON_NAMES[reason] ?? String(reason) },
        value: total,
      })),
    ),
    seconds(
      'signet_authority_not_after_timestamp_seconds',
      'When the certificate of a CA expires, in Unix time.',
      authorities.map(({ authorityId: authority, notAfterSeconds }) => ({
        labels: { authority },
        value: notAfterSeconds,
      })),
    ),
    gauge(
      'signet_crl_number',
      'The number of the CRL.',
      ofLists(({ number }) => number),
    ),
    gauge(
      'signet_crl_entries',
      'Certificates that the CRL lists.',
      ofLists((list) => list.entries),
    ),
    {
      ...gauge(
        'signet_crl_size_bytes',
        'The size of the CRL.',
        ofLists(({ bytes }) => bytes),
      ),
      unit: 'bytes',
    },
    seconds(
      'signet_crl_this_update_timestamp_seconds',
      'When the CRL was made, in Unix time.',
      ofLists((list) => list.thisUpdateSeconds),
    ),
    seconds(
      'signet_crl_next_update_timestamp_seconds',
      'When the CRL expires, in Unix time.',
      ofLists((list) => list.nextUpdateSeconds),
    ),
    {
      name: 'signet_job_runs',
      type: 'counter',
      help: 'Runs of a job.',
      samples: ofJobs(({ runs }) => runs),
    },
    {
      name: 'signet_job_failures',
      type: 'counter',
      help: 'Runs of a job that failed.',
      samples: ofJobs(({ failures }) => failures),
    },
    seconds(
      'signet_job_last_run_timestamp_seconds',
      'When a job last ran, in Unix time.',
      ofJobs(({ lastRunSeconds }) => lastRunSeconds),
    ),
    seconds(
      'signet_job_last_success_timestamp_seconds',
      'When a job last succeeded, in Unix time.',
      ofJobs(({ lastSuccessSeconds }) => lastSuccessSeconds),
    ),
    gauge(
      'signet_webhook_enabled',
      'Whether a webhook gets events: 1 or 0.',
      ofWebhooks(({ enabled }) => (enabled ? 1 : 0)),
    ),
    gauge(
      'signet_webhook_unread_events',
      'Events of the audit record that the webhook has not come to yet.',
      ofWebhooks(({ unread }) => unread),
    ),
    gauge(
      'signet_webhook_retrying_events',
      'Events that the receiver did not take, and that are sent again.',
      ofWebhooks(({ retrying }) => retrying),
    ),
    seconds(
      'signet_webhook_failing_since_timestamp_seconds',
      'Since when deliveries fail without a success, in Unix time.',
      ofWebhooks(({ failingSinceSeconds }) => failingSinceSeconds),
    ),
  ];
}

function nameList(partition: number): string {
  return partition === -1 ? 'complete' : String(partition);
}

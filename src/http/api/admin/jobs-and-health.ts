import {
  boolean,
  description,
  type InferOutput,
  number,
  pipe,
  record,
  string,
  union,
} from 'valibot';
import { note, reportTrouble } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonAnswer } from '../../endpoint.ts';
import { flag, named, text } from '../common/answer-fields.ts';

const JOB_REPORT = named('JobReport', {
  job: text('The name of the job.'),
  report: pipe(
    record(string(), union([string(), number(), boolean()])),
    description('What it did, in numbers and words.'),
  ),
});

const HEALTH = named('Health', {
  secrets: flag(
    'Whether the secrets that the Worker needs, and OPENSSL_CA_POLICY, are set and valid.',
  ),
  database: flag('Whether D1 answers.'),
  authority: flag('Whether the default authority can sign.'),
  audit: flag('Whether the audit record can be sealed. If not, it may have been forged.'),
});

const runJob = defineEndpoint({
  id: 'runJob',
  method: 'POST',
  path: '/api/v1/jobs/:name',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'Administration',
  summary: 'Run a job now',
  description: 'In production, cron runs all jobs each minute. `npm start` does not run them.',
  params: {
    name: '`seal-audit` chains the audit record and signs checkpoints, `renew-crl` renews CRLs, `retire-revocations` removes expired certificates from them, `purge-edge` repeats purges of the edge cache that were refused or lost, `reseal` seals stored secrets with the newest sealing key, `renew-ocsp-responders` replaces OCSP responders that have less than a third of their lifetime left, `mark-expiring` announces certificates that expire soon, `announce-expiring` writes the events of certificates and CAs that expire soon, `deliver-webhooks` delivers events, `finish-acme` finishes ACME validations and orders that were interrupted, `index-certificates` makes certificates searchable that were recorded before there was a search, `clean-up` deletes what is no longer needed.',
  },
  answers: {
    200: jsonAnswer('What it did.', JOB_REPORT, {
      job: 'reseal',
      report: { version: 2, resealed: 31, failed: 0, remaining: 0 },
    }),
  },
  errors: ['not-found', 'authority-unavailable', 'audit-broken'],
  handle: async (c) => {
    const job = c.req.param('name');
    const report = await c.get('services').runJob(job, c.get('principal'));
    note(c, `ran ${job}`);
    const answer: InferOutput<typeof JOB_REPORT> = { job, report };
    return c.json(answer);
  },
});

const checkHealth = defineEndpoint({
  id: 'checkHealth',
  method: 'GET',
  path: '/healthz',
  caller: 'anyone',
  tag: 'Administration',
  summary: 'Check whether the Worker can do its work',
  answers: {
    200: jsonAnswer('It can.', HEALTH, {
      secrets: true,
      database: true,
      authority: true,
      audit: true,
    }),
    503: jsonAnswer('A part is missing; the log says why.', HEALTH, {
      secrets: true,
      database: false,
      authority: false,
      audit: false,
    }),
  },
  errors: [],
  handle: async (c) => {
    const { problems, warnings, ...parts } = await c
      .get('services')
      .checkHealth(c.get('url').origin)
      .catch((error: unknown) => {
        // The reason is for the log, not for the public.
        reportTrouble(c, error);
        return {
          ...{ secrets: false, database: false, authority: false, audit: false },
          ...{ problems: [], warnings: [] },
        };
      });
    if (problems.length > 0) reportTrouble(c, problems.join(' '));
    const answer: InferOutput<typeof HEALTH> = parts;
    const isHealthy = Object.values(answer).every(Boolean);
    note(c, [isHealthy ? 'healthy' : 'not healthy', ...warnings].join(': '));
    if (isHealthy && warnings.length > 0) c.get('logEntry').level = 'warn';
    return c.json(answer, isHealthy ? 200 : 503);
  },
});

export const JOB_ENDPOINTS: readonly Endpoint[] = [runJob];
export const HEALTH_ENDPOINTS: readonly Endpoint[] = [checkHealth];

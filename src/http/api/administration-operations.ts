import { array, boolean, exactOptional, nullable, number, strictObject } from 'valibot';
import { REVOCATION_REASONS } from '../../revocation/reasons.ts';
import { examplePem, jsonAnswer, jsonBody, jsonForm, type Parameter } from '../endpoint.ts';
import type { Operation } from '../operation.ts';
import { AUDIT_EVENTS, AUDIT_REPORT, HEALTH, IMPORTED_COUNTS, JOB_REPORT } from './answers.ts';
import { checkHealth } from './check-health.ts';
import { MAX_CERTIFICATES } from './decode-history.ts';
import { TEXT } from './field-schemas.ts';
import { importHistory } from './import-history.ts';
import { listAuditEvents } from './list-audit-events.ts';
import { runJob } from './run-job.ts';
import { verifyAudit } from './verify-audit.ts';

/** decodeHistory reads it by hand, for the sake of what it says of a wrong line. */
const HISTORY_REQUEST = strictObject({
  uniqueSubject: exactOptional(boolean()),
  crl: exactOptional(TEXT),
  lastCrlNumber: exactOptional(nullable(number())),
  certificates: exactOptional(
    array(
      strictObject({
        serial: TEXT,
        certificate: exactOptional(TEXT),
        subject: exactOptional(TEXT),
        notAfter: exactOptional(TEXT),
        revocation: exactOptional(
          nullable(
            strictObject({
              revokedAt: TEXT,
              reason: exactOptional(TEXT),
              invalidityDate: exactOptional(TEXT),
            }),
          ),
        ),
      }),
    ),
  ),
});

const REASONS = Object.keys(REVOCATION_REASONS).map((name) => `\`${name}\``);

const AFTER: Parameter = {
  description: 'Begin behind the event of this position.',
  type: 'integer',
  minimum: 0,
  default: 0,
};

export const HISTORY_EXAMPLE = {
  uniqueSubject: false,
  crl: examplePem('X509 CRL'),
  certificates: [
    {
      serial: '1000',
      subject: '/CN=old.example.test',
      notAfter: '2027-01-01T00:00:00Z',
      revocation: { revokedAt: '2026-05-01T00:00:00Z', reason: 'superseded' },
    },
  ],
};

export const ADMINISTRATION_OPERATIONS: readonly Operation[] = [
  {
    handle: importHistory,
    tag: 'Administration',
    summary: 'Import what a CA did before it came here',
    description:
      '`npm run import` sends this. May be sent again and in parts; what is recorded already is left as it is. Bodies of 1 MiB at most.',
    path: { authority: 'Id of the authority.' },
    request: jsonBody(
      jsonForm(
        'A history, or a part of it',
        HISTORY_REQUEST,
        {
          uniqueSubject: 'Whether a subject has one valid certificate at most. Default `false`.',
          crl: 'The last revocation list in PEM: numbers go on behind its own.',
          lastCrlNumber: 'Its number, where the list itself is not there.',
          certificates: {
            description: `What was issued; each with \`certificate\` (PEM) or \`notAfter\` (RFC 3339). \`reason\` is one of ${REASONS.join(', ')}.`,
            maxItems: MAX_CERTIFICATES,
          },
        },
        HISTORY_EXAMPLE,
      ),
    ),
    answers: {
      200: jsonAnswer('How much of it was new.', IMPORTED_COUNTS, {
        certificates: 1,
        revocations: 1,
      }),
    },
    errors: [
      'invalid-parameter',
      'malformed-certificate',
      'malformed-crl',
      'authority-not-found',
      'import-conflict',
      'authority-unavailable',
    ],
  },
  {
    handle: runJob,
    tag: 'Administration',
    summary: 'Run a job now',
    description: 'Cron runs all of them each minute in production, and not under `npm start`.',
    path: {
      name: '`seal-audit` chains the audit record, `renew-crl` renews revocation lists, `retire-revocations` takes expired certificates out of them, `purge-edge` tries again to drop old lists at the edge, `reseal` brings stored secrets under the newest sealing key, `renew-ocsp-responders` replaces those that have less than a third of their life left, `mark-expiring` announces certificates that expire soon, `clean-up` removes what has no further use.',
    },
    answers: {
      200: jsonAnswer('What it did.', JOB_REPORT, {
        job: 'reseal',
        report: { version: 2, resealed: 31, failed: 0, remaining: 0 },
      }),
    },
    errors: ['not-found', 'authority-unavailable'],
  },
  {
    handle: checkHealth,
    tag: 'Administration',
    summary: 'Whether the Worker can do its work',
    answers: {
      200: jsonAnswer('It can.', HEALTH, { secrets: true, database: true, authority: true }),
      503: jsonAnswer('A part is missing; the log says why.', HEALTH, {
        secrets: true,
        database: false,
        authority: false,
      }),
    },
    errors: [],
  },
];

export const AUDIT_OPERATIONS: readonly Operation[] = [
  {
    handle: listAuditEvents,
    tag: 'Audit',
    summary: 'List audit events',
    query: {
      after: AFTER,
      limit: {
        description: 'How many at most.',
        type: 'integer',
        minimum: 1,
        maximum: 500,
        default: 100,
      },
    },
    answers: {
      200: jsonAnswer('A page.', AUDIT_EVENTS, {
        events: [
          {
            position: 17,
            at: '2026-11-22T04:36:45.120Z',
            account: 'root',
            actor: 'root',
            action: 'certificate.issue',
            outcome: 'done',
            authority: 'default',
            target: 'dc73f6c8a4e04f1b9d2a7b5c3e1f0a68',
            detail: { profile: 'tls-server' },
            requestId: '25944a8f-6c0e-4d53-9d7e-6f2f8f1d3c11',
            remoteAddress: '192.0.2.7',
            country: 'DE',
            hash: null,
          },
        ],
        next: null,
      }),
    },
    errors: ['invalid-parameter'],
  },
  {
    handle: verifyAudit,
    tag: 'Audit',
    summary: 'Verify the audit record',
    description:
      'Recomputes the chain of hashes and checks the signed checkpoints. A long record takes several calls: where `complete` is false, go on behind `verifiedThrough`.',
    query: { after: AFTER },
    answers: {
      200: jsonAnswer('What was found.', AUDIT_REPORT, {
        ok: true,
        events: 17,
        sealedThrough: 16,
        unsealed: 1,
        checkpoints: 2,
        firstBadPosition: null,
        verifiedThrough: 17,
        complete: true,
      }),
    },
    errors: ['invalid-parameter'],
  },
];

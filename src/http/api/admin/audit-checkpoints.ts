import type { InferOutput } from 'valibot';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonAnswer } from '../../endpoint.ts';
import {
  flag,
  moment,
  named,
  text,
  textOrNull,
  whole,
  wholeOrNull,
} from '../common/answer-fields.ts';

const AUDIT_REPORT = named('AuditReport', {
  ok: flag(
    'Whether everything that was checked is right. The final word only if `complete` is true.',
  ),
  events: whole('The number of events that are right.'),
  sealedThrough: whole('Position of the last sealed event.'),
  unsealed: whole('The number of events after it, which the next run of `seal-audit` seals.'),
  checkpoints: whole('The number of checkpoints that are right.'),
  longestDelaySeconds: whole(
    'The longest time from an event to the checkpoint that covers it. If it is much longer than cron takes, the job did not run, or someone made it seal old events again.',
  ),
  firstBadPosition: wholeOrNull(
    'Position of the first event that was changed, is missing, or has a wrong checkpoint.',
  ),
  problem: textOrNull('What is wrong there.'),
  verifiedThrough: whole('Position of the last event that is right.'),
  checkpoint: textOrNull(
    'The last checkpoint that is right: the `since` of the next call. Keep the last one elsewhere.',
  ),
  complete: flag('Whether the end of the record was reached.'),
});

const AUDIT_CHECKPOINT = named('AuditCheckpoint', {
  checkpoint: text(
    'What is signed, and the signature, each in base64url, with a dot between them.',
  ),
  sequence: whole('Rises by one with each checkpoint.'),
  position: whole('Position of the last sealed event.'),
  hash: text('The hash of that event.'),
  predecessor: text('SHA-256 of the `checkpoint` before; zeros for the first one.'),
  publicKey: text('SubjectPublicKeyInfo of the Ed25519 key that signed, in base64.'),
  signedAt: moment('When it was signed.'),
});

const EXAMPLE_TOKEN = 'c2lnbmV0LWF1ZGl0LWNoZWNrcG9pbnQtdjEK….ZAbbSO-s…';

const readCheckpoint = defineEndpoint({
  id: 'readAuditCheckpoint',
  method: 'GET',
  path: '/api/v1/audit/checkpoint',
  caller: 'accounts:Manage',
  rootOnly: true,
  tag: 'Audit',
  summary: 'Read the newest checkpoint of the audit record',
  description:
    'Keep `checkpoint` outside of D1. `GET /api/v1/audit/verify?since=…` proves later that the chain of checkpoints extends it.',
  answers: {
    200: jsonAnswer('The newest checkpoint. Its signature is verified.', AUDIT_CHECKPOINT, {
      checkpoint: EXAMPLE_TOKEN,
      sequence: 2,
      position: 16,
      hash: '5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
      predecessor: '8d74beec1be996322ad76813bafb92d40839895d6dd7ee808b17ca201eac98be',
      publicKey: 'MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
      signedAt: '2026-11-22T04:37:00.000Z',
    }),
  },
  errors: ['not-found', 'audit-broken'],
  handle: async (c) => {
    const newest = await c.get('services').readNewestCheckpoint(c.get('principal'));
    note(c, `read checkpoint ${newest.sequence} of the audit record`);
    const answer: InferOutput<typeof AUDIT_CHECKPOINT> = {
      checkpoint: newest.token,
      sequence: newest.sequence,
      position: newest.position,
      hash: newest.hashHex,
      predecessor: newest.predecessorHex,
      publicKey: newest.publicKey,
      signedAt: new Date(newest.signedAtMs).toISOString(),
    };
    return c.json(answer);
  },
});

const verifyAudit = defineEndpoint({
  id: 'verifyAudit',
  method: 'GET',
  path: '/api/v1/audit/verify',
  caller: 'accounts:Manage',
  rootOnly: true,
  tag: 'Audit',
  summary: 'Verify the audit record',
  description:
    'Verifies the newest checkpoint with the keys of `SEALING_KEY`, and recomputes the hash chain. A long record takes several calls: while `complete` is false, call again with `checkpoint` as `since`.',
  query: {
    since: {
      description:
        'A `checkpoint` that you kept. Verify that the record extends it, and start after it. Without it, start at the beginning.',
      type: 'string',
    },
  },
  answers: {
    200: jsonAnswer('The result.', AUDIT_REPORT, {
      ok: true,
      events: 17,
      sealedThrough: 16,
      unsealed: 1,
      checkpoints: 2,
      longestDelaySeconds: 59,
      firstBadPosition: null,
      problem: null,
      verifiedThrough: 17,
      checkpoint: EXAMPLE_TOKEN,
      complete: true,
    }),
  },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const report: InferOutput<typeof AUDIT_REPORT> = await c
      .get('services')
      .verifyAuditChain(c.get('url').searchParams.get('since'), c.get('principal'));
    note(
      c,
      report.ok
        ? `audit record verified through ${report.verifiedThrough}`
        : `audit record is broken at ${report.firstBadPosition}`,
    );
    return c.json(report);
  },
});

export const AUDIT_CHECKPOINT_ENDPOINTS: readonly Endpoint[] = [readCheckpoint, verifyAudit];

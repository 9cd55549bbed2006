import { array, description, type InferOutput, pipe, unknown } from 'valibot';
import type { AuditPage } from '../../../audit/list.ts';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonAnswer, type Parameter } from '../../endpoint.ts';
import { moment, named, text, textOrNull, whole, wholeOrNull } from '../common/answer-fields.ts';
import { readNumberParameter } from '../common/query.ts';

const DEFAULT_LIMIT = 100;

const AUDIT_EVENT = named('AuditEvent', {
  position: whole('Rises by one with each event.'),
  at: moment('When it was done.'),
  account: text('Id of the account that it was done for.'),
  actor: text('Access key id, or name of the shared secret or the job.'),
  action: text('What was done, such as `certificate.issue`.'),
  outcome: text('`done` or `refused`.'),
  authority: textOrNull('Id of the authority that it was done with.'),
  target: textOrNull('What it was done to: a serial number or an id.'),
  detail: pipe(unknown(), description('More facts, as an object of strings and numbers.')),
  requestId: textOrNull('Id of the request; null for an event of a job.'),
  remoteAddress: textOrNull('Address of the client, as Cloudflare saw it.'),
  country: textOrNull('Country of that address.'),
  hash: textOrNull(
    'SHA-256 over this event and the hash of the event before it; null until a job seals it.',
  ),
});

const AUDIT_EVENTS = named('AuditEvents', {
  events: pipe(array(AUDIT_EVENT), description('In order.')),
  next: wholeOrNull('The `after` of the next page; null on the last page.'),
});

const AFTER: Parameter = {
  description: 'Start after the event at this position.',
  type: 'integer',
  minimum: 0,
  default: 0,
};

const listAuditEvents = defineEndpoint({
  id: 'listAuditEvents',
  method: 'GET',
  path: '/api/v1/audit',
  caller: 'accounts:Manage',
  rootOnly: true,
  tag: 'Audit',
  summary: 'List audit events',
  query: {
    after: AFTER,
    limit: {
      description: 'The largest number of events to return.',
      type: 'integer',
      minimum: 1,
      maximum: 500,
      default: DEFAULT_LIMIT,
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
  handle: async (c) => {
    const url = c.get('url');
    const { events, nextAfterPosition } = await c.get('services').listAuditEvents(
      {
        afterPosition: readNumberParameter(url, 'after', 0),
        limit: readNumberParameter(url, 'limit', DEFAULT_LIMIT),
      },
      c.get('principal'),
    );
    note(c, `listed ${events.length} audit events`);
    // Not c.json: its types refuse a field that may hold any JSON.
    const answer: InferOutput<typeof AUDIT_EVENTS> = {
      events: events.map(describe),
      next: nextAfterPosition,
    };
    return Response.json(answer);
  },
});

function describe(event: AuditPage['events'][number]): InferOutput<typeof AUDIT_EVENT> {
  return {
    position: event.position,
    at: new Date(event.atMs).toISOString(),
    account: event.accountId,
    actor: event.actor,
    action: event.action,
    outcome: event.outcome,
    authority: event.authorityId,
    target: event.target,
    detail: parseDetail(event.detail),
    requestId: event.requestId,
    remoteAddress: event.remoteAddress,
    country: event.country,
    hash: event.hashHex,
  };
}

/** A row that was tampered with is shown as the text that it holds. */
function parseDetail(detail: string): unknown {
  try {
    return JSON.parse(detail);
  } catch {
    return detail;
  }
}

export const AUDIT_ENDPOINTS: readonly Endpoint[] = [listAuditEvents];

import { array, description, type InferOutput, pipe, unknown } from 'valibot';
import type { AuditPage } from '../../../audit/list.ts';
import type { AuditFilters } from '../../../audit/store.ts';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonAnswer, type Parameter } from '../../endpoint.ts';
import { moment, named, text, textOrNull, whole, wholeOrNull } from '../common/answer-fields.ts';
import { parseDateTime } from '../common/date-time.ts';
import { readChoice, readNumberParameter } from '../common/query.ts';

const DEFAULT_LIMIT = 100;
const ORDERS = ['oldest', 'newest'] as const;
const OUTCOMES = ['done', 'refused'] as const;

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
  events: pipe(array(AUDIT_EVENT), description('In the order that was asked for.')),
  next: wholeOrNull('The `after` of the next page; null on the last page.'),
});

const AFTER: Parameter = {
  description:
    'Start behind the event at this position. Default: with the first event of the order.',
  type: 'integer',
  minimum: 0,
};

const listAuditEvents = defineEndpoint({
  id: 'listAuditEvents',
  method: 'GET',
  path: '/api/v1/audit',
  caller: 'accounts:Manage',
  rootOnly: true,
  tag: 'Audit',
  summary: 'List audit events',
  description:
    'Returns the events that fulfil every filter. One request goes through 5000 events, so a page may hold fewer than `limit`, or none, while `next` is not null.',
  query: {
    after: AFTER,
    order: {
      description: 'Whether the oldest or the newest event comes first.',
      type: 'string',
      enum: ORDERS,
      default: 'oldest',
    },
    target: { description: 'What it was done to: a serial number or an id.', type: 'string' },
    actor: { description: 'Who did it: id of an access key, for example.', type: 'string' },
    action: { description: 'What was done, such as `certificate.issue`.', type: 'string' },
    outcome: { description: '`done` or `refused`.', type: 'string', enum: OUTCOMES },
    account: { description: 'Id of the account that it was done for.', type: 'string' },
    since: { description: 'Done at this time or later.', type: 'string', format: 'date-time' },
    until: { description: 'Done before this time.', type: 'string', format: 'date-time' },
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
        afterPosition: url.searchParams.has('after') ? readNumberParameter(url, 'after', 0) : null,
        newestFirst: readChoice(url, 'order', ORDERS) === 'newest',
        filters: readFilters(url),
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

function readFilters(url: URL): AuditFilters {
  const read = (name: string) => url.searchParams.get(name);
  const readTime = (name: string) => {
    const text = read(name);
    return text === null ? null : parseDateTime(text, name) * 1000;
  };
  return {
    target: read('target'),
    actor: read('actor'),
    action: read('action'),
    outcome: readChoice(url, 'outcome', OUTCOMES),
    accountId: read('account'),
    fromMs: readTime('since'),
    untilMs: readTime('until'),
  };
}

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

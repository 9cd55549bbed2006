import { array, exactOptional, type InferOutput, nullable, picklist, strictObject } from 'valibot';
import { EVENT_TYPES } from '../../../webhooks/event-types.ts';
import { formatSecret } from '../../../webhooks/secrets.ts';
import type { WebhookFilters } from '../../../webhooks/webhook.ts';
import { note } from '../../context.ts';
import {
  CREATED_HEADERS,
  DONE,
  defineEndpoint,
  type Endpoint,
  jsonAnswer,
  jsonBody,
  jsonForm,
  PAGE_QUERY,
} from '../../endpoint.ts';
import { formatDateTimeMs } from '../common/date-time.ts';
import { FLAG, NULLABLE_TEXT, TEXT } from '../common/field-schemas.ts';
import { nextCursor, readPageRequest } from '../common/query.ts';
import { readChangesBody, readJsonBody } from '../common/read-json.ts';
import {
  describeWebhook,
  EXAMPLE,
  NEW_WEBHOOK,
  ROTATED_SECRET,
  TEST_EVENT,
  WEBHOOK,
  WEBHOOKS,
} from './answers.ts';

const LIST = 'webhooks';

const FILTERS = strictObject(
  {
    types: exactOptional(
      nullable(array(picklist(EVENT_TYPES, 'a type of event, see docs/webhooks.md'))),
      null,
    ),
    authorityId: exactOptional(NULLABLE_TEXT, null),
    profile: exactOptional(NULLABLE_TEXT, null),
    accountId: exactOptional(NULLABLE_TEXT, null),
  },
  'an object',
);

const WEBHOOK_REQUEST = strictObject({
  name: TEXT,
  url: TEXT,
  filters: exactOptional(FILTERS),
  accountId: exactOptional(TEXT),
});

const CHANGES_REQUEST = strictObject({
  name: exactOptional(TEXT),
  url: exactOptional(TEXT),
  filters: exactOptional(FILTERS),
  enabled: exactOptional(FLAG),
});

const NO_FILTERS: WebhookFilters = {
  types: null,
  authorityId: null,
  profile: null,
  accountId: null,
};

const REQUEST_FIELDS = {
  name: 'For people: 1 to 100 characters without control characters.',
  url: 'Where to send events: an https:// URL without credentials.',
  filters: 'Which events it gets. A field that is left out or null filters nothing.',
};

const PARAMS = { id: 'Id of the webhook.' };

const createWebhook = defineEndpoint({
  id: 'createWebhook',
  method: 'POST',
  path: '/api/v1/webhooks',
  caller: 'webhooks:Write',
  idempotent: true,
  tag: 'Webhooks',
  summary: 'Create a webhook',
  description:
    'It gets the events from now on. Only this answer shows the secret. An account can have 20 webhooks.',
  request: jsonBody(
    jsonForm(
      'A webhook',
      WEBHOOK_REQUEST,
      {
        ...REQUEST_FIELDS,
        accountId:
          'Id of the account that will own it. Default: the account of the caller. Only `root` may name another account.',
      },
      {
        name: 'expiry mail',
        url: 'https://hooks.example.com/signet',
        filters: { types: ['certificate.expiring'] },
      },
    ),
  ),
  answers: {
    201: {
      ...jsonAnswer('The webhook with its secret.', NEW_WEBHOOK, {
        ...EXAMPLE,
        secret: 'whsec_kWk0Zc6v…',
      }),
      headers: CREATED_HEADERS,
    },
  },
  errors: [
    'missing-parameter',
    'invalid-parameter',
    'account-not-found',
    'quota-exceeded',
    'sealing-unavailable',
  ],
  handle: async (c) => {
    const request = await readJsonBody(c, WEBHOOK_REQUEST);
    const { webhook, secret } = await c.get('services').webhooks.create(
      c.get('principal'),
      {
        accountId: request.accountId ?? null,
        name: request.name,
        url: request.url,
        filters: request.filters ?? NO_FILTERS,
      },
      c.get('requestContext'),
    );
    note(c, `created ${webhook.id}`);
    const answer: InferOutput<typeof NEW_WEBHOOK> = {
      ...describeWebhook(webhook),
      secret: formatSecret(secret),
    };
    return c.json(answer, 201, { Location: `/api/v1/webhooks/${webhook.id}` });
  },
});

const listWebhooks = defineEndpoint({
  id: 'listWebhooks',
  method: 'GET',
  path: '/api/v1/webhooks',
  caller: 'webhooks:Read',
  tag: 'Webhooks',
  summary: 'List webhooks',
  description: 'The account `root` sees those of all accounts. Any other account sees its own.',
  query: {
    accountId: { description: 'Only webhooks of this account.', type: 'string' },
    ...PAGE_QUERY,
  },
  answers: { 200: jsonAnswer('A page.', WEBHOOKS, { webhooks: [EXAMPLE], next: null }) },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const url = c.get('url');
    const accountId = url.searchParams.get('accountId');
    const page = await c
      .get('services')
      .webhooks.list(c.get('principal'), accountId, readPageRequest(url, LIST));
    note(c, `listed ${page.items.length} webhooks`);
    const answer: InferOutput<typeof WEBHOOKS> = {
      webhooks: page.items.map(describeWebhook),
      next: nextCursor(page, LIST),
    };
    return c.json(answer);
  },
});

const getWebhook = defineEndpoint({
  id: 'getWebhook',
  method: 'GET',
  path: '/api/v1/webhooks/:id',
  caller: 'webhooks:Read',
  tag: 'Webhooks',
  summary: 'Read a webhook',
  params: PARAMS,
  answers: { 200: jsonAnswer('The webhook.', WEBHOOK, EXAMPLE) },
  errors: ['webhook-not-found'],
  handle: async (c) => {
    const webhook = await c.get('services').webhooks.find(c.get('principal'), c.req.param('id'));
    note(c, `found ${webhook.id}`);
    return c.json(describeWebhook(webhook));
  },
});

const updateWebhook = defineEndpoint({
  id: 'updateWebhook',
  method: 'PATCH',
  path: '/api/v1/webhooks/:id',
  caller: 'webhooks:Write',
  tag: 'Webhooks',
  summary: 'Change a webhook',
  description:
    'Fields that are left out do not change; `filters` is replaced as a whole. Events that happen while a webhook is disabled are sent once it is enabled again.',
  params: PARAMS,
  request: jsonBody(
    jsonForm(
      'Changes',
      CHANGES_REQUEST,
      { ...REQUEST_FIELDS, enabled: 'Whether it gets events.' },
      { enabled: true },
    ),
  ),
  answers: { 200: jsonAnswer('The changed webhook.', WEBHOOK, EXAMPLE) },
  errors: [
    'webhook-not-found',
    'missing-parameter',
    'invalid-parameter',
    'in-use',
    'sealing-unavailable',
  ],
  handle: async (c) => {
    const changes = await readChangesBody(c, CHANGES_REQUEST);
    const { webhooks } = c.get('services');
    const webhook = await webhooks.update(
      c.get('principal'),
      c.req.param('id'),
      changes,
      c.get('requestContext'),
    );
    note(c, `updated ${webhook.id}`);
    return c.json(describeWebhook(webhook));
  },
});

const deleteWebhook = defineEndpoint({
  id: 'deleteWebhook',
  method: 'DELETE',
  path: '/api/v1/webhooks/:id',
  caller: 'webhooks:Write',
  tag: 'Webhooks',
  summary: 'Delete a webhook',
  params: PARAMS,
  answers: { 204: DONE },
  errors: ['webhook-not-found'],
  handle: async (c) => {
    const { webhooks } = c.get('services');
    await webhooks.remove(c.get('principal'), c.req.param('id'), c.get('requestContext'));
    note(c, 'deleted a webhook');
    return c.body(null, 204);
  },
});

const rotateWebhookSecret = defineEndpoint({
  id: 'rotateWebhookSecret',
  method: 'POST',
  path: '/api/v1/webhooks/:id/rotate-secret',
  caller: 'webhooks:Write',
  tag: 'Webhooks',
  summary: 'Replace the secret of a webhook',
  description:
    'For a day, deliveries have two signatures, one by each secret, so that the receiver can change its own meanwhile. Only this answer shows the new secret.',
  params: PARAMS,
  answers: {
    200: jsonAnswer('The new secret.', ROTATED_SECRET, {
      secret: 'whsec_kWk0Zc6v…',
      formerUntil: '2026-11-23T04:36:45Z',
    }),
  },
  errors: ['webhook-not-found', 'in-use', 'sealing-unavailable'],
  handle: async (c) => {
    const { webhooks } = c.get('services');
    const { secret, formerUntilMs } = await webhooks.rotateSecret(
      c.get('principal'),
      c.req.param('id'),
      c.get('requestContext'),
    );
    note(c, 'replaced the secret of a webhook');
    const answer: InferOutput<typeof ROTATED_SECRET> = {
      secret: formatSecret(secret),
      formerUntil: formatDateTimeMs(formerUntilMs),
    };
    return c.json(answer);
  },
});

const testWebhook = defineEndpoint({
  id: 'testWebhook',
  method: 'POST',
  path: '/api/v1/webhooks/:id/test',
  caller: 'webhooks:Write',
  tag: 'Webhooks',
  summary: 'Send a test event',
  description:
    'It goes the way of all events: it is signed, delivered after the events before it, and tried again if that fails. Filters do not apply.',
  params: PARAMS,
  answers: {
    202: jsonAnswer('It will be sent.', TEST_EVENT, { eventId: 'evt-1207-1795322205000' }),
  },
  errors: ['webhook-not-found', 'in-use'],
  handle: async (c) => {
    const { webhooks } = c.get('services');
    const eventId = await webhooks.test(
      c.get('principal'),
      c.req.param('id'),
      c.get('requestContext'),
    );
    note(c, `will send ${eventId}`);
    const answer: InferOutput<typeof TEST_EVENT> = { eventId };
    return c.json(answer, 202);
  },
});

export const WEBHOOK_ENDPOINTS: readonly Endpoint[] = [
  createWebhook,
  listWebhooks,
  getWebhook,
  updateWebhook,
  deleteWebhook,
  rotateWebhookSecret,
  testWebhook,
];

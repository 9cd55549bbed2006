import type { InferOutput } from 'valibot';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonAnswer, PAGE_QUERY } from '../../endpoint.ts';
import { nextCursor, readChoice, readPageRequest } from '../common/query.ts';
import { DELIVERIES, DELIVERY, DELIVERY_EXAMPLE, describeDelivery } from './answers.ts';

const LIST = 'webhook-deliveries';
const STATES = ['delivered', 'retrying', 'failed'] as const;

const listDeliveries = defineEndpoint({
  id: 'listWebhookDeliveries',
  method: 'GET',
  path: '/api/v1/webhooks/:id/deliveries',
  caller: 'webhooks:Read',
  tag: 'Webhooks',
  summary: 'List the deliveries of a webhook',
  description: 'They are kept for 30 days after the last attempt.',
  params: { id: 'Id of the webhook.' },
  query: {
    state: { description: 'Only deliveries in this state.', type: 'string', enum: STATES },
    ...PAGE_QUERY,
  },
  answers: {
    200: jsonAnswer('A page.', DELIVERIES, { deliveries: [DELIVERY_EXAMPLE], next: null }),
  },
  errors: ['webhook-not-found', 'invalid-parameter'],
  handle: async (c) => {
    const url = c.get('url');
    const id = c.req.param('id');
    const list = `${LIST}-${id}`;
    const page = await c
      .get('services')
      .webhooks.listDeliveries(
        c.get('principal'),
        id,
        readChoice(url, 'state', STATES),
        readPageRequest(url, list),
      );
    note(c, `listed ${page.items.length} deliveries`);
    const answer: InferOutput<typeof DELIVERIES> = {
      deliveries: page.items.map(describeDelivery),
      next: nextCursor(page, list),
    };
    return c.json(answer);
  },
});

const replayDelivery = defineEndpoint({
  id: 'replayWebhookDelivery',
  method: 'POST',
  path: '/api/v1/webhooks/:id/deliveries/:eventId/replay',
  caller: 'webhooks:Write',
  tag: 'Webhooks',
  summary: 'Send an event again',
  description: 'The event keeps its id, so a receiver that has it already can tell.',
  params: { id: 'Id of the webhook.', eventId: 'Id of the event.' },
  answers: {
    202: jsonAnswer('It will be sent again.', DELIVERY, {
      ...DELIVERY_EXAMPLE,
      nextAttemptAt: '2026-11-22T04:38:02Z',
    }),
  },
  errors: ['webhook-not-found', 'delivery-not-found', 'in-use'],
  handle: async (c) => {
    const { webhooks } = c.get('services');
    const delivery = await webhooks.replay(
      c.get('principal'),
      c.req.param('id'),
      c.req.param('eventId'),
      c.get('requestContext'),
    );
    note(c, 'will send an event again');
    return c.json(describeDelivery(delivery), 202);
  },
});

export const DELIVERY_ENDPOINTS: readonly Endpoint[] = [listDeliveries, replayDelivery];

import { array, description, type InferOutput, nullable, pipe } from 'valibot';
import { type Delivery, eventId, type Webhook } from '../../../webhooks/webhook.ts';
import {
  flag,
  moment,
  momentOrNull,
  NEXT,
  named,
  text,
  textOrNull,
  texts,
  whole,
  wholeOrNull,
} from '../common/answer-fields.ts';
import { formatDateTimeMs } from '../common/date-time.ts';

const FILTERS = named('WebhookFilters', {
  types: pipe(nullable(texts('Types of events.')), description('Only these types; null for all.')),
  authorityId: textOrNull('Only events about this authority and its certificates; null for all.'),
  profile: textOrNull(
    'Only events about certificates of this profile; null for all, and for events about anything else.',
  ),
  accountId: textOrNull('Only events of this account; null for all that the webhook may get.'),
});

const FIELDS = {
  id: text('`hook-` and 20 of A-Za-z0-9.'),
  accountId: text('Id of the account that owns it.'),
  name: text('For people.'),
  url: text('Where events are sent.'),
  filters: FILTERS,
  enabled: flag('Whether it gets events.'),
  failingSince: momentOrNull('When deliveries began to fail.'),
  disabledReason: textOrNull('Why it was disabled automatically; null if it was not.'),
  createdAt: moment('When it was created.'),
};

export const WEBHOOK = named('Webhook', FIELDS);

export const NEW_WEBHOOK = named('NewWebhook', {
  ...FIELDS,
  secret: text('The secret that verifies deliveries: `whsec_` and base64. Shown only once.'),
});

export const WEBHOOKS = named('Webhooks', {
  webhooks: pipe(array(WEBHOOK), description('Sorted by id.')),
  next: NEXT,
});

export const ROTATED_SECRET = named('RotatedWebhookSecret', {
  secret: text('The new secret: `whsec_` and base64. Shown only once.'),
  formerUntil: moment('Until when deliveries are signed with the former secret as well.'),
});

export const TEST_EVENT = named('WebhookTest', {
  eventId: text(
    'The id of the event `webhook.test`. The list of deliveries tells what became of it.',
  ),
});

export const DELIVERY = named('WebhookDelivery', {
  eventId: text('The header `webhook-id` of the event.'),
  type: text('The type of the event.'),
  eventAt: moment('When it happened.'),
  state: text('`delivered`, `retrying`, or `failed`: it is not tried again.'),
  attempts: whole('How often it was sent.'),
  status: wholeOrNull('HTTP status of the last answer; null if there was none.'),
  error: textOrNull('Why the last attempt failed.'),
  firstAttemptAt: moment('When it was first sent.'),
  lastAttemptAt: moment('When it was last sent.'),
  nextAttemptAt: momentOrNull('When it is tried again.'),
});

export const DELIVERIES = named('WebhookDeliveries', {
  deliveries: pipe(array(DELIVERY), description('Newest event first.')),
  next: NEXT,
});

export const EXAMPLE = {
  id: 'hook-5Jt0sYqkWb2vGm81xZcA',
  accountId: 'acct-x31v0m8q2c7k',
  name: 'expiry mail',
  url: 'https://hooks.example.com/signet',
  filters: { types: ['certificate.expiring'], authorityId: null, profile: null, accountId: null },
  enabled: true,
  failingSince: null,
  disabledReason: null,
  createdAt: '2026-11-22T04:36:45Z',
};

export const DELIVERY_EXAMPLE = {
  eventId: 'evt-1207-1795322205000',
  type: 'certificate.expiring',
  eventAt: '2026-11-22T04:36:45Z',
  state: 'retrying',
  attempts: 2,
  status: 503,
  error: 'The receiver answered 503.',
  firstAttemptAt: '2026-11-22T04:36:47Z',
  lastAttemptAt: '2026-11-22T04:37:48Z',
  nextAttemptAt: '2026-11-22T04:42:48Z',
};

export function describeWebhook(webhook: Webhook): InferOutput<typeof WEBHOOK> {
  const { id, accountId, name, url, filters, enabled, disabledReason } = webhook;
  return {
    ...{ id, accountId, name, url },
    filters: { ...filters, types: filters.types === null ? null : [...filters.types] },
    enabled,
    failingSince: formatOrNull(webhook.failingSinceMs),
    disabledReason,
    createdAt: formatDateTimeMs(webhook.createdAtMs),
  };
}

export function describeDelivery(delivery: Delivery): InferOutput<typeof DELIVERY> {
  const { type, state, attempts, status, error } = delivery;
  return {
    eventId: eventId(delivery),
    type,
    eventAt: formatDateTimeMs(delivery.atMs),
    ...{ state, attempts, status, error },
    firstAttemptAt: formatDateTimeMs(delivery.firstAtMs),
    lastAttemptAt: formatDateTimeMs(delivery.lastAtMs),
    nextAttemptAt: formatOrNull(delivery.nextAtMs),
  };
}

function formatOrNull(ms: number | null): string | null {
  return ms === null ? null : formatDateTimeMs(ms);
}

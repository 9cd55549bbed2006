import { EVENT_TYPES } from '../webhooks/event-types.ts';
import type { Delivery, SealedWebhook, Webhook, WebhookFilters } from '../webhooks/webhook.ts';
import { type Row, readInteger, readIntegerOrNull, readText, readTextOrNull } from './row.ts';

export const WEBHOOK_COLUMNS = `webhooks.id, webhooks.account_id, webhooks.name, webhooks.url,
  webhooks.filters, webhooks.secrets, webhooks.enabled, webhooks.failing_since_ms,
  webhooks.disabled_reason, webhooks.created_at_ms` as const;

/** Reads a row with `WEBHOOK_COLUMNS`. */
export function readSealedWebhook(row: Row): SealedWebhook {
  return { webhook: readWebhook(row), sealedSecrets: readText(row, 'secrets') };
}

export function readWebhook(row: Row): Webhook {
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'account_id'),
    name: readText(row, 'name'),
    url: readText(row, 'url'),
    filters: readFilters(JSON.parse(readText(row, 'filters'))),
    enabled: readInteger(row, 'enabled') === 1,
    failingSinceMs: readIntegerOrNull(row, 'failing_since_ms'),
    disabledReason: readTextOrNull(row, 'disabled_reason'),
    createdAtMs: readInteger(row, 'created_at_ms'),
  };
}

function readFilters(json: Row): WebhookFilters {
  const { types } = json;
  return {
    types: Array.isArray(types) ? EVENT_TYPES.filter((type) => types.includes(type)) : null,
    authorityId: readTextOrNull(json, 'authorityId'),
    profile: readTextOrNull(json, 'profile'),
    accountId: readTextOrNull(json, 'accountId'),
  };
}

export const DELIVERY_COLUMNS = `webhook_deliveries.position, webhook_deliveries.at_ms,
  webhook_deliveries.type, webhook_deliveries.state, webhook_deliveries.attempts,
  webhook_deliveries.status, webhook_deliveries.error, webhook_deliveries.first_at_ms,
  webhook_deliveries.last_at_ms, webhook_deliveries.next_at_ms` as const;

/** Reads a row with `DELIVERY_COLUMNS`. */
export function readDelivery(row: Row): Delivery {
  return {
    position: readInteger(row, 'position'),
    atMs: readInteger(row, 'at_ms'),
    type: readText(row, 'type'),
    state: readState(readText(row, 'state')),
    attempts: readInteger(row, 'attempts'),
    status: readIntegerOrNull(row, 'status'),
    error: readTextOrNull(row, 'error'),
    firstAtMs: readInteger(row, 'first_at_ms'),
    lastAtMs: readInteger(row, 'last_at_ms'),
    nextAtMs: readIntegerOrNull(row, 'next_at_ms'),
  };
}

function readState(text: string): Delivery['state'] {
  if (text === 'delivered' || text === 'retrying' || text === 'failed') return text;
  throw new TypeError('column state is not a state of a delivery');
}

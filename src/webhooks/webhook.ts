import type { EventType } from './event-types.ts';

/** Which events a webhook gets; null for no filter. */
export interface WebhookFilters {
  readonly types: readonly EventType[] | null;
  /** Of an authority or of one of its generations. */
  readonly authorityId: string | null;
  /** Of certificates: events of anything else have no profile, and are left out. */
  readonly profile: string | null;
  /** Only webhooks of the account `root` get events of other accounts. */
  readonly accountId: string | null;
}

/** A webhook without its secret. */
export interface Webhook {
  /** `hook-` and 20 of A-Za-z0-9. */
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly url: string;
  readonly filters: WebhookFilters;
  readonly enabled: boolean;
  /** Unix ms of the first failure since the last success; null if the last delivery succeeded. */
  readonly failingSinceMs: number | null;
  /** Why it was disabled automatically; null if it was not. */
  readonly disabledReason: string | null;
  readonly createdAtMs: number;
}

/** Fields that are left out do not change. */
export interface WebhookChanges {
  readonly name?: string;
  readonly url?: string;
  readonly filters?: WebhookFilters;
  readonly enabled?: boolean;
}

/** A webhook as it is stored, with its sealed secrets. */
export interface SealedWebhook {
  readonly webhook: Webhook;
  readonly sealedSecrets: string;
}

/**
 * The record id that secrets are sealed under. It names the URL, so that who can write to the database,
 * but holds no sealing key, cannot send the events elsewhere.
 */
export function webhookRecordId({ id, accountId, url }: Pick<Webhook, 'id' | 'accountId' | 'url'>) {
  return `webhook:${id}:${accountId}:${url}`;
}

export type DeliveryState = 'delivered' | 'retrying' | 'failed';

/** What became of one event at one webhook. */
export interface Delivery {
  /** Of the event in the audit record. */
  readonly position: number;
  /** Of the event, Unix ms. */
  readonly atMs: number;
  readonly type: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** HTTP status of the last attempt; null if there was no answer. */
  readonly status: number | null;
  /** Why the last attempt failed; null if it succeeded. */
  readonly error: string | null;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** When it is tried again; null if it is not. */
  readonly nextAtMs: number | null;
}

/**
 * The id of an event, the header `webhook-id`. It is the same for every webhook and every attempt. The
 * time is in it because a database that was restored gives out positions again.
 */
export function eventId({ position, atMs }: Pick<Delivery, 'position' | 'atMs'>): string {
  return `evt-${position}-${atMs}`;
}

/** Returns the position and the time in an event id, or null if it is none. */
export function parseEventId(id: string): Pick<Delivery, 'position' | 'atMs'> | null {
  const [, position, atMs] = /^evt-([1-9]\d{0,14})-(\d{1,15})$/.exec(id) ?? [];
  return position === undefined || atMs === undefined
    ? null
    : { position: Number(position), atMs: Number(atMs) };
}

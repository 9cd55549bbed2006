import type { createWebhook } from '../../api/client.ts';

type Filters = NonNullable<Parameters<typeof createWebhook>[0]['filters']>;
export type EventType = NonNullable<Filters['types']>[number];

/** By this record, the compiler finds a type that is missing here. */
const TYPES: Readonly<Record<EventType, true>> = {
  'certificate.issued': true,
  'certificate.revoked': true,
  'certificate.held': true,
  'certificate.released': true,
  'certificate.expiring': true,
  'authority.created': true,
  'authority.imported': true,
  'authority.requested': true,
  'authority.completed': true,
  'authority.renewed': true,
  'authority.rekeyed': true,
  'authority.updated': true,
  'authority.disabled': true,
  'authority.enabled': true,
  'authority.revoked': true,
  'authority.expiring': true,
  'authority.expired': true,
  'inventory.created': true,
  'inventory.replaced': true,
  'inventory.renamed': true,
  'inventory.deleted': true,
  'inventory.private-key-read': true,
  'inventory.bound': true,
  'inventory.unbound': true,
  'inventory.expiring': true,
  'inventory.expired': true,
  'access-key.created': true,
  'access-key.updated': true,
  'access-key.enabled': true,
  'access-key.disabled': true,
  'access-key.deleted': true,
  'webhook.disabled': true,
  'webhook.test': true,
};

/** Every type of event that a webhook can choose. */
export const EVENT_TYPES: readonly EventType[] = Object.keys(TYPES).filter(isEventType);

export function isEventType(name: string): name is EventType {
  return Object.hasOwn(TYPES, name);
}

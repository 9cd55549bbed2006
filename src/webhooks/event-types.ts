/**
 * The types of events, by the action in the audit record that each tells of. Actions that are not listed
 * are not sent.
 */
const TYPES_BY_ACTION = {
  'certificate.issue': 'certificate.issued',
  'certificate.revoke': 'certificate.revoked',
  'certificate.release': 'certificate.released',
  'certificate.expire-soon': 'certificate.expiring',
  'authority.create': 'authority.created',
  'authority.import': 'authority.imported',
  'authority.request': 'authority.requested',
  'authority.complete': 'authority.completed',
  'authority.renew': 'authority.renewed',
  'authority.rekey': 'authority.rekeyed',
  'authority.update': 'authority.updated',
  'authority.disable': 'authority.disabled',
  'authority.enable': 'authority.enabled',
  'authority.revoke': 'authority.revoked',
  'authority.expire-soon': 'authority.expiring',
  'authority.expire': 'authority.expired',
  'inventory.create': 'inventory.created',
  'inventory.replace': 'inventory.replaced',
  'inventory.rename': 'inventory.renamed',
  'inventory.delete': 'inventory.deleted',
  'inventory.read-private-key': 'inventory.private-key-read',
  'inventory.bind': 'inventory.bound',
  'inventory.unbind': 'inventory.unbound',
  'inventory.expire-soon': 'inventory.expiring',
  'inventory.expire': 'inventory.expired',
  'access-key.create': 'access-key.created',
  'access-key.update': 'access-key.updated',
  'access-key.delete': 'access-key.deleted',
  'webhook.test': 'webhook.test',
  'webhook.disable': 'webhook.disabled',
} as const;

type ByAction = (typeof TYPES_BY_ACTION)[keyof typeof TYPES_BY_ACTION];

export type EventType =
  | ByAction
  | 'certificate.held'
  | 'access-key.disabled'
  | 'access-key.enabled';

/** Every type that a webhook can choose. */
export const EVENT_TYPES: readonly EventType[] = [
  ...new Set<EventType>([
    ...Object.values(TYPES_BY_ACTION),
    'certificate.held',
    'access-key.disabled',
    'access-key.enabled',
  ]),
].toSorted();

/** The actions that events tell of. */
export const EVENT_ACTIONS: readonly string[] = Object.keys(TYPES_BY_ACTION);

export function isEventType(text: string): text is EventType {
  return EVENT_TYPES.some((type) => type === text);
}

/**
 * Returns the type of the event that an entry of the audit record tells of, or null if it is none.
 * @param detail the detail of the entry
 */
export function findEventType(
  action: string,
  detail: Readonly<Record<string, unknown>>,
): EventType | null {
  if (action === 'certificate.revoke' && detail.reason === 'certificateHold') {
    return 'certificate.held';
  }
  if (action === 'access-key.update' && detail.enabled !== undefined) {
    return detail.enabled === 'true' ? 'access-key.enabled' : 'access-key.disabled';
  }
  return Object.entries(TYPES_BY_ACTION).find(([known]) => known === action)?.[1] ?? null;
}

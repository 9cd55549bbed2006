import { readAltNames } from '../search/describe-recorded.ts';
import { type EventType, findEventType } from './event-types.ts';
import type { RecordedEvent } from './store.ts';
import type { Webhook } from './webhook.ts';

/** An event as it is sent: `type`, `timestamp` and `data` are its body. */
export interface WebhookEvent {
  readonly position: number;
  readonly atMs: number;
  readonly type: EventType;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** What filters look at. */
  readonly about: {
    readonly accountId: string;
    readonly authorityIds: readonly (string | null)[];
    readonly profile: string | null;
    readonly target: string | null;
  };
}

/** Describes the event that an entry of the audit record tells of, or returns null if it is none. */
export function describeEvent(entry: RecordedEvent): WebhookEvent | null {
  const detail = readDetail(entry.detail);
  const type = findEventType(entry.action, detail);
  if (type === null) return null;
  const { position, atMs, authorityId, lineageId, target, certificate } = entry;
  const accountId = entry.ownerId ?? entry.accountId;
  const common = {
    account: accountId,
    ...(authorityId === null ? {} : { authority: lineageId ?? authorityId }),
    actor: entry.actor,
  };
  return {
    position,
    atMs,
    type,
    timestamp: new Date(atMs).toISOString(),
    data: entry.action.startsWith('certificate.')
      ? { serial: target, ...common, ...describeCertificate(certificate), ...chooseFacts(detail) }
      : { id: target, ...common, details: detail },
    about: {
      accountId,
      authorityIds: [authorityId, lineageId],
      profile: certificate?.profile ?? null,
      target,
    },
  };
}

/** Tells whether a webhook gets an event. An account's webhook gets events of its own account only. */
export function wants({ id, accountId, filters }: Webhook, { type, about }: WebhookEvent): boolean {
  if (type === 'webhook.test') return about.target === id;
  const sees = accountId === 'root' || accountId === about.accountId;
  const { types, authorityId, profile, accountId: ofAccount } = filters;
  return (
    sees &&
    (types === null || types.includes(type)) &&
    (authorityId === null || about.authorityIds.includes(authorityId)) &&
    (profile === null || about.profile === profile) &&
    (ofAccount === null || about.accountId === ofAccount)
  );
}

function describeCertificate(
  certificate: RecordedEvent['certificate'],
): Readonly<Record<string, unknown>> {
  if (certificate === null) return {};
  const { subject, profile, notAfterSeconds, certificateDer } = certificate;
  return {
    subject,
    names: readAltNames(certificateDer).map(({ kind, value }) => ({ type: kind, value })),
    profile,
    notAfter: new Date(notAfterSeconds * 1000).toISOString(),
  };
}

/** The facts of the detail that a receiver needs besides the certificate itself. */
function chooseFacts({
  reason,
  days,
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(days === undefined ? {} : { daysBeforeExpiry: days }),
  };
}

function readDetail(text: string): Readonly<Record<string, unknown>> {
  const detail: unknown = JSON.parse(text);
  return typeof detail === 'object' && detail !== null ? { ...detail } : {};
}

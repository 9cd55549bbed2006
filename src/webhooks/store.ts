import type { Access } from '../access/principal.ts';
import type { PageRequest } from '../access/store.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { Delivery, DeliveryState, SealedWebhook, Webhook, WebhookChanges } from './webhook.ts';

/**
 * The webhooks, for who manages them. An account other than `root` sees and changes its own only. Every
 * method throws SignetError if the grant does not hold.
 */
export interface WebhookStore {
  /** Begins at the end of the audit record. */
  createWebhook(
    webhook: Webhook,
    sealedSecrets: string,
    quota: number,
    access: Access,
    audit: AuditEvent,
  ): Promise<'created' | 'no-account' | 'quota-exceeded'>;
  findWebhook(id: string, access: Access): Promise<SealedWebhook | null>;
  /** Sorted by id. @param accountId null for every account that the caller may see */
  listWebhooks(
    accountId: string | null,
    page: PageRequest,
    access: Access,
  ): Promise<readonly Webhook[]>;
  /**
   * Changes a webhook and replaces its secrets, unless others have replaced them meanwhile. Enabling it
   * forgets its failures and makes it due.
   */
  updateWebhook(
    id: string,
    changes: WebhookChanges,
    secrets: { readonly from: string; readonly to: string },
    access: Access,
    audit: AuditEvent,
  ): Promise<Webhook | 'not-found' | 'changed'>;
  deleteWebhook(id: string, access: Access, audit: AuditEvent): Promise<'deleted' | 'not-found'>;
  /** Writes the event that the webhook gets as a test. Returns its position. */
  recordTest(
    id: string,
    access: Access,
    audit: AuditEvent,
  ): Promise<number | 'not-found' | 'disabled'>;
  /** Newest event first. @returns null if there is no such webhook */
  listDeliveries(
    id: string,
    request: {
      readonly beforePosition: number | null;
      readonly state: DeliveryState | null;
      readonly limit: number;
    },
    access: Access,
  ): Promise<readonly Delivery[] | null>;
  /** Makes the delivery of an event due again, as if it had not been tried. */
  replayDelivery(
    id: string,
    event: Pick<Delivery, 'position' | 'atMs'>,
    access: Access,
    audit: AuditEvent,
  ): Promise<Delivery | 'no-webhook' | 'disabled' | 'no-delivery'>;
}

/** A webhook that a run has taken. */
export interface TakenWebhook extends SealedWebhook {
  readonly position: number;
  /** The end of the audit record. */
  readonly newestPosition: number;
  /** Unix ms; null if no delivery is tried again. */
  readonly retryAtMs: number | null;
  /** Of events that have failed since the last success, at most two. */
  readonly failedPositions: readonly number[];
  /** How many other webhooks have something to deliver, and are not taken. */
  readonly waiting: number;
}

/** An entry of the audit record with what the database knows of its object. */
export interface RecordedEvent {
  readonly position: number;
  readonly atMs: number;
  readonly action: string;
  /** JSON object. */
  readonly detail: string;
  readonly actor: string;
  /** The account of the actor. */
  readonly accountId: string;
  readonly authorityId: string | null;
  /** The id by which users call the authority. */
  readonly lineageId: string | null;
  readonly target: string | null;
  /** The account that owns the object; null if the object is not there any more, or has no owner. */
  readonly ownerId: string | null;
  readonly certificate: {
    readonly subject: string;
    readonly profile: string;
    readonly notAfterSeconds: number;
    readonly certificateDer: Uint8Array | null;
  } | null;
}

export interface PendingEvents {
  /** Deliveries that are due again, oldest event first. */
  readonly retries: readonly {
    readonly delivery: Delivery;
    readonly event: RecordedEvent | null;
  }[];
  /** The next entries of the record that events tell of. */
  readonly events: readonly RecordedEvent[];
  /** The entries up to this position were looked at. */
  readonly readThrough: number;
}

/** What a run did for a webhook. It is written in one batch. */
export interface RunOutcome {
  readonly position: number;
  readonly deliveries: readonly Delivery[];
  readonly dueAtMs: number;
  /** The first failure since the last success. */
  readonly failingSinceMs: number | null;
  /** Disables the webhook for this reason. */
  readonly disable: { readonly reason: string; readonly audit: AuditEvent } | null;
}

/** The webhooks, for the job that delivers. */
export interface DeliveryStore {
  hasWebhooks(): Promise<boolean>;
  /**
   * Takes the webhook that has something to deliver and waits the longest. Nobody else takes it until
   * `untilMs`. Returns null if there is none.
   */
  takeDue(lease: string, nowMs: number, untilMs: number): Promise<TakenWebhook | null>;
  readPending(
    webhook: TakenWebhook,
    nowMs: number,
    limits: { readonly retries: number; readonly entries: number },
  ): Promise<PendingEvents>;
  /** Writes nothing, and returns false, if the lease has ended meanwhile. */
  finishRun(id: string, lease: string, outcome: RunOutcome): Promise<boolean>;
  /** Deletes deliveries that ended before `beforeMs`, up to `limit`. Returns their number. */
  deleteDeliveries(beforeMs: number, limit: number): Promise<number>;
}

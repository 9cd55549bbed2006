import { checkName } from '../access/names.ts';
import { type Page, readPage } from '../access/page.ts';
import { accessOf, type Principal, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { LETTERS_AND_DIGITS, type RandomBytes, randomText } from '../access/random-text.ts';
import type { PageRequest } from '../access/store.ts';
import { type Act, describeAct } from '../audit/describe-act.ts';
import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';
import { checkUrl } from './check-url.ts';
import { decodeSecrets, encodeSecrets, OVERLAP_MS, SECRET_BYTES } from './secrets.ts';
import type { WebhookStore } from './store.ts';
import {
  type Delivery,
  type DeliveryState,
  eventId,
  parseEventId,
  type Webhook,
  type WebhookChanges,
  type WebhookFilters,
  webhookRecordId,
} from './webhook.ts';

export interface WebhookDependencies {
  readonly store: WebhookStore;
  readonly sealer: Sealer;
  readonly allowPrivateAddresses: boolean;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

export interface NewWebhook {
  /** Null for the principal's own account. */
  readonly accountId: string | null;
  readonly name: string;
  readonly url: string;
  readonly filters: WebhookFilters;
}

/**
 * Every method throws SignetError if the principal's grant does not hold, and webhook-not-found for a
 * webhook that the principal's account may not see.
 */
export interface Webhooks {
  /**
   * Creates a webhook. It gets the events from now on. Its secret is returned only here.
   * @throws SignetError invalid-parameter, invalid-name, forbidden, account-not-found, quota-exceeded,
   *   sealing-unavailable
   */
  create(
    principal: Principal,
    webhook: NewWebhook,
    request: RequestContext,
  ): Promise<{ readonly webhook: Webhook; readonly secret: Uint8Array }>;
  find(principal: Principal, id: string): Promise<Webhook>;
  list(principal: Principal, accountId: string | null, page: PageRequest): Promise<Page<Webhook>>;
  /** @throws SignetError invalid-parameter, forbidden, in-use, sealing-unavailable */
  update(
    principal: Principal,
    id: string,
    changes: WebhookChanges,
    request: RequestContext,
  ): Promise<Webhook>;
  /**
   * Makes a new secret, and returns it. For a day, deliveries are signed with the former one too.
   * @throws SignetError in-use, sealing-unavailable
   */
  rotateSecret(
    principal: Principal,
    id: string,
    request: RequestContext,
  ): Promise<{ readonly secret: Uint8Array; readonly formerUntilMs: number }>;
  remove(principal: Principal, id: string, request: RequestContext): Promise<void>;
  /** Sends the event `webhook.test`, and returns its id. @throws SignetError in-use if it is disabled */
  test(principal: Principal, id: string, request: RequestContext): Promise<string>;
  /** Newest event first. @throws SignetError invalid-parameter */
  listDeliveries(
    principal: Principal,
    id: string,
    state: DeliveryState | null,
    page: PageRequest,
  ): Promise<Page<Delivery>>;
  /** Sends an event again. @throws SignetError delivery-not-found, in-use if the webhook is disabled */
  replay(
    principal: Principal,
    id: string,
    deliveredEventId: string,
    request: RequestContext,
  ): Promise<Delivery>;
}

/** The most webhooks of one account. */
const QUOTA = 20;
const ID_CHARACTERS = 20;
/** An update is tried again if another one or the job `reseal` changes the webhook meanwhile. */
const UPDATE_ATTEMPTS = 3;

export function createWebhooks(dependencies: WebhookDependencies): Webhooks {
  const { store, sealer, allowPrivateAddresses, clock, randomBytes } = dependencies;

  /** Changes a webhook and what is sealed for it. */
  async function change(
    { principal, atMs, request }: Act,
    id: string,
    changes: WebhookChanges,
    event: AuditEvent,
    rotate: (secret: Uint8Array) => Uint8Array,
  ): Promise<Webhook> {
    const access = accessOf(principal, atMs);
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      const former = await store.findWebhook(id, access);
      if (former === null) throw notFound();
      const { webhook, sealedSecrets } = former;
      if (changes.filters !== undefined) checkFilters(changes.filters, webhook.accountId);
      const opened = await sealer.open(webhookRecordId(webhook), sealedSecrets);
      const recordId = webhookRecordId({ ...webhook, url: changes.url ?? webhook.url });
      const secrets = { from: sealedSecrets, to: await sealer.seal(recordId, rotate(opened)) };
      const outcome = await store.updateWebhook(id, changes, secrets, access, {
        ...event,
        request,
      });
      if (outcome === 'not-found') throw notFound();
      if (outcome !== 'changed') return outcome;
    }
    throw new SignetError('in-use', 'The webhook is being changed by others. Try again.');
  }

  return {
    async create(principal, { accountId, name, url, filters }, request) {
      const createdAtMs = clock();
      const webhook: Webhook = {
        id: `hook-${randomText(randomBytes, LETTERS_AND_DIGITS, ID_CHARACTERS)}`,
        accountId: accountId ?? principal.accountId,
        name: checkName(name),
        url: checkUrl(url, allowPrivateAddresses),
        filters,
        enabled: true,
        failingSinceMs: null,
        disabledReason: null,
        createdAtMs,
      };
      checkFilters(filters, webhook.accountId);
      const secret = randomBytes(SECRET_BYTES);
      const sealed = await sealer.seal(
        webhookRecordId(webhook),
        encodeSecrets({ current: secret, former: null }),
      );
      const act = { principal, atMs: createdAtMs, request };
      const event = describeAct(act, 'webhook.create', webhook.id, {
        account: webhook.accountId,
        ...describeChanges(webhook),
      });
      const access = accessOf(principal, createdAtMs);
      const outcome = await store.createWebhook(webhook, sealed, QUOTA, access, event);
      if (outcome === 'created') return { webhook, secret };
      throw outcome === 'no-account'
        ? new SignetError('account-not-found', 'There is no account with this id.', {
            field: 'accountId',
          })
        : new SignetError('quota-exceeded', `An account can have ${QUOTA} webhooks.`);
    },

    async find(principal, id) {
      const found = await store.findWebhook(id, accessOf(principal, clock()));
      if (found === null) throw notFound();
      return found.webhook;
    },

    list: (principal, accountId, page) =>
      readPage(
        page,
        (rows) => store.listWebhooks(accountId, rows, accessOf(principal, clock())),
        ({ id }) => id,
      ),

    async update(principal, id, changes, request) {
      const act = { principal, atMs: clock(), request };
      if (changes.name !== undefined) checkName(changes.name);
      const checked =
        changes.url === undefined
          ? changes
          : { ...changes, url: checkUrl(changes.url, allowPrivateAddresses) };
      const event = describeAct(act, 'webhook.update', id, describeChanges(checked));
      return change(act, id, checked, event, (secrets) => secrets);
    },

    async rotateSecret(principal, id, request) {
      const act = { principal, atMs: clock(), request };
      const secret = randomBytes(SECRET_BYTES);
      const formerUntilMs = act.atMs + OVERLAP_MS;
      await change(act, id, {}, describeAct(act, 'webhook.rotate-secret', id), (sealed) => {
        const former = { secret: decodeSecrets(sealed).current, untilMs: formerUntilMs };
        return encodeSecrets({ current: secret, former });
      });
      return { secret, formerUntilMs };
    },

    async remove(principal, id, request) {
      const atMs = clock();
      const event = describeAct({ principal, atMs, request }, 'webhook.delete', id);
      const outcome = await store.deleteWebhook(id, accessOf(principal, atMs), event);
      if (outcome === 'not-found') throw notFound();
    },

    async test(principal, id, request) {
      const atMs = clock();
      const event = describeAct({ principal, atMs, request }, 'webhook.test', id);
      const position = await store.recordTest(id, accessOf(principal, atMs), event);
      if (position === 'not-found') throw notFound();
      if (position === 'disabled') throw disabled();
      return eventId({ position, atMs });
    },

    listDeliveries: (principal, id, state, page) =>
      readPage(
        page,
        async ({ afterId, limit }) => {
          const beforePosition = afterId === null ? null : Number(afterId);
          const request = { beforePosition, state, limit };
          const access = accessOf(principal, clock());
          const deliveries = await store.listDeliveries(id, request, access);
          if (deliveries === null) throw notFound();
          return deliveries;
        },
        ({ position }) => String(position),
      ),

    async replay(principal, id, deliveredEventId, request) {
      const atMs = clock();
      const parsed = parseEventId(deliveredEventId);
      const event = describeAct({ principal, atMs, request }, 'webhook.replay', id, {
        event: deliveredEventId.slice(0, 40),
      });
      const outcome = await store.replayDelivery(
        id,
        parsed ?? { position: 0, atMs: 0 },
        accessOf(principal, atMs),
        event,
      );
      if (outcome === 'no-webhook') throw notFound();
      if (outcome === 'disabled') throw disabled();
      if (outcome !== 'no-delivery') return outcome;
      throw new SignetError(
        'delivery-not-found',
        'The webhook has had no delivery of this event within the last 30 days.',
      );
    },
  };
}

function checkFilters({ accountId }: WebhookFilters, ownerId: string): void {
  if (accountId === null || accountId === ownerId || ownerId === ROOT_ACCOUNT_ID) return;
  throw new SignetError(
    'forbidden',
    `Only webhooks of the account ${ROOT_ACCOUNT_ID} get events of other accounts.`,
    { field: 'filters.accountId' },
  );
}

/** The URL is left out: its path or query may be a secret of the receiver. */
function describeChanges({ name, url, filters, enabled }: WebhookChanges): AuditEvent['detail'] {
  return {
    ...(name === undefined ? {} : { name }),
    ...(url === undefined ? {} : { host: new URL(url).host }),
    ...(filters === undefined ? {} : { filters: JSON.stringify(filters) }),
    ...(enabled === undefined ? {} : { enabled: String(enabled) }),
  };
}

function notFound(): SignetError {
  return new SignetError('webhook-not-found', 'There is no webhook with this id.');
}

function disabled(): SignetError {
  return new SignetError('in-use', 'The webhook is disabled. Enable it first.');
}

import { accessOf, type Principal } from '../../src/access/principal.ts';
import { createSealer } from '../../src/keys/sealing.ts';
import { NetworkError } from '../../src/net/network-error.ts';
import type { PostedRequest } from '../../src/net/post.ts';
import { createWebhookStore } from '../../src/store/webhook.ts';
import { createDeliveryStore } from '../../src/store/webhook-delivery.ts';
import { runDeliveries } from '../../src/webhooks/deliver.ts';
import type { Delivery } from '../../src/webhooks/webhook.ts';
import { createWebhooks, type NewWebhook } from '../../src/webhooks/webhooks.ts';
import { NOW_MS } from '../store/database.ts';

export const ROOT: Principal = {
  accountId: 'root',
  actor: 'root-key',
  grant: null,
  policyId: null,
};
export const REQUEST = { requestId: 'a-request', remoteAddress: null, country: null };

export interface SentRequest extends PostedRequest {
  readonly url: string;
  readonly id: string;
  readonly json: { readonly type: string; readonly data: Readonly<Record<string, unknown>> };
}

/** Webhooks over a database, a clock that tests set, and receivers that answer as they are told. */
export function openWebhooks(db: D1Database) {
  const state = { nowMs: NOW_MS, maxAttempts: 30 };
  const sent: SentRequest[] = [];
  const receivers = new Map<string, () => Promise<number>>();
  const clock = () => state.nowMs;
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const sealer = createSealer(new Map([[1, new Uint8Array(32).fill(7)]]));
  const problems: string[] = [];
  const dependencies = (over: D1Database) => ({
    store: createDeliveryStore(over),
    sealer,
    clock,
    randomBytes,
    maxAttempts: state.maxAttempts,
    writeProblem: (id: string, error: unknown) => problems.push(`${id} ${String(error)}`),
    async post(url: URL, request: PostedRequest) {
      const json: SentRequest['json'] = JSON.parse(request.body);
      sent.push({ ...request, url: url.href, id: request.headers['webhook-id'] ?? '', json });
      return (await receivers.get(url.hostname)?.()) ?? 204;
    },
  });
  const webhooks = createWebhooks({
    store: createWebhookStore(db),
    sealer,
    allowPrivateAddresses: false,
    clock,
    randomBytes,
  });
  return {
    state,
    sent,
    problems,
    webhooks,
    answer: (hostname: string, status: number) => receivers.set(hostname, async () => status),
    fail: (hostname: string) =>
      receivers.set(hostname, () =>
        Promise.reject(new NetworkError('connection', 'The server did not answer in time.')),
      ),
    receive: (hostname: string, receiver: () => Promise<number>) =>
      receivers.set(hostname, receiver),
    pass: (ms: number) => {
      state.nowMs += ms;
    },
    deliver: (over: D1Database = db) => runDeliveries(dependencies(over)),
    async create(changes: Partial<NewWebhook> = {}, principal = ROOT) {
      const { webhook, secret } = await webhooks.create(
        principal,
        {
          accountId: null,
          name: 'a webhook',
          url: 'https://a.test/hook',
          filters: { types: null, authorityId: null, profile: null, accountId: null },
          ...changes,
        },
        REQUEST,
      );
      return { ...webhook, secret };
    },
    async list(id: string): Promise<readonly Delivery[]> {
      const page = { afterId: null, limit: 100 };
      return (await webhooks.listDeliveries(ROOT, id, null, page)).items;
    },
    access: () => accessOf(ROOT, state.nowMs),
  };
}

export const NO_FILTERS = { types: null, authorityId: null, profile: null, accountId: null };

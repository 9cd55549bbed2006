import { shuffle } from '../jobs/shuffle.ts';
import { createSender } from '../net/create-network.ts';
import { createAuthorityAnnouncementStore } from '../store/authority-expiry.ts';
import { createWebhookStore } from '../store/webhook.ts';
import { createDeliveryStore } from '../store/webhook-delivery.ts';
import { createAnnouncementStore } from '../store/webhook-expiry.ts';
import { type DeliverDependencies, deliverWebhooks } from '../webhooks/deliver.ts';
import { createDeliverSoon } from '../webhooks/deliver-soon.ts';
import { createWebhooks } from '../webhooks/webhooks.ts';
import type { Foundation } from './foundation.ts';

/** The most authorities that one run of the job looks at: each certificate is parsed. */
const MAX_AUTHORITIES = 100;

/** Joins webhooks: who manages them, the job that delivers, and what is announced before it expires. */
export function wireWebhooks(
  { db, config, sealer, clock, randomBytes, keepAlive, outbound }: Foundation,
  listIds: () => Promise<readonly string[]>,
) {
  const deliveries: DeliverDependencies = {
    store: createDeliveryStore(db),
    sealer,
    post: createSender(config, outbound),
    maxAttempts: config.webhookAttempts,
    clock,
    randomBytes,
    writeProblem: (webhookId, error) =>
      console.error(
        JSON.stringify({
          level: 'error',
          at: new Date(clock()).toISOString(),
          webhook: webhookId,
          message: 'the webhook could not be handled',
          error: String(error),
        }),
      ),
  };
  return {
    deliveries,
    announcements: {
      store: createAnnouncementStore(db),
      thresholdDays: config.expiringDays,
      clock,
      randomBytes,
    },
    authorityAnnouncements: {
      store: createAuthorityAnnouncementStore(db),
      listGenerations: async () => shuffle(await listIds(), Math.random).slice(0, MAX_AUTHORITIES),
      thresholdDays: config.expiringDays,
      clock,
      randomBytes,
    },
    services: {
      webhooks: createWebhooks({
        store: createWebhookStore(db),
        sealer,
        allowPrivateAddresses: config.allowPrivateAddresses,
        clock,
        randomBytes,
      }),
      deliverSoon: createDeliverSoon({
        hasWebhooks: deliveries.store.hasWebhooks,
        deliver: (budget) => deliverWebhooks(deliveries, budget),
        maxAttempts: config.webhookAttempts,
        keepAlive,
        wait: (ms) => scheduler.wait(ms),
        clock,
      }),
    },
  };
}

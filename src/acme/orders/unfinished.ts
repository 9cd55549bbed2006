import { TAKE_OVER_SECONDS } from '../limits.ts';
import type { OpenAccounts } from '../open-account.ts';
import type { AcmeAuthorizations } from './authorizations.ts';
import type { Finalize } from './finalize.ts';
import type { UnfinishedStore } from './order-store.ts';

export interface UnfinishedDependencies {
  readonly store: UnfinishedStore;
  readonly accounts: Pick<OpenAccounts, 'open'>;
  readonly authorizations: Pick<AcmeAuthorizations, 'resume'>;
  readonly finalize: Pick<Finalize, 'resume'>;
  /** Unix ms. */
  readonly clock: () => number;
}

/** Each takes some queries, and all jobs share those of one invocation. */
const MAX_TAKEN = 3;

/**
 * Finishes validations and orders whose request ended before they did. What fails again is left to a
 * later run.
 */
export async function finishAcme(
  dependencies: UnfinishedDependencies,
): Promise<{ readonly validations: number; readonly orders: number; readonly failed: number }> {
  const { store, accounts, authorizations, finalize, clock } = dependencies;
  const nowSeconds = Math.floor(clock() / 1000);
  const untilSeconds = nowSeconds + TAKE_OVER_SECONDS;
  const request = { requestId: crypto.randomUUID(), remoteAddress: null, country: null };
  const validations = await store.takeValidations(nowSeconds, untilSeconds, MAX_TAKEN);
  const orders = await store.takeOrders(nowSeconds, untilSeconds, MAX_TAKEN);
  const results = await Promise.allSettled([
    ...validations.map(async ({ authorization, lineageId }) => {
      const account = await accounts.open(authorization.accountId, lineageId);
      await authorizations.resume(account, authorization, request);
    }),
    ...orders.map(async ({ state, lineageId }) => {
      const openAccount = () => accounts.open(state.order.accountId, lineageId);
      await finalize.resume(openAccount, state, request);
    }),
  ]);
  const failed = results.filter(({ status }) => status === 'rejected').length;
  return { validations: validations.length, orders: orders.length, failed };
}

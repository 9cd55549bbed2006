import type { RequestContext } from '../audit/event.ts';
import type { AcmeAccount } from './account.ts';
import type { AccountKey } from './account-key.ts';

/**
 * A request whose signature is valid. Its nonce has not been spent yet: the batch of the operation
 * does that, and checks there that the account is still valid. `src/store/acme-call.ts` has both.
 */
export interface AcmeCall<Account extends AcmeAccount | null = AcmeAccount | null> {
  /** The authority of the directory. */
  readonly lineageId: string;
  /** Null if the request carries its key itself. */
  readonly account: Account;
  /** The key that signed the request. */
  readonly signer: AccountKey;
  /** The whole URL of the request. */
  readonly url: string;
  readonly nonce: string;
  readonly nowSeconds: number;
  readonly request: RequestContext;
}

/** Stands for the access key in the rows of nonces that ACME clients used. */
export const NONCE_OWNER = 'acme';

export type AccountCall = AcmeCall<AcmeAccount>;
export type KeyCall = AcmeCall<null>;

/** The calls whose nonce a batch has spent. */
const spent = new WeakSet<AcmeCall>();

/** Notes that a batch has spent the nonce. */
export function markSpent(call: AcmeCall): void {
  spent.add(call);
}

export function isSpent(call: AcmeCall): boolean {
  return spent.has(call);
}

/**
 * Throws if no batch has spent the nonce: the answer to the request must not be sent.
 * @param operation for the operator, who finds the message in the log
 */
export function requireSpent(call: AcmeCall, operation: string): void {
  if (isSpent(call)) return;
  throw new Error(
    `${operation} did not spend the nonce. Spend it in the batch that does the work (src/store/acme-call.ts).`,
  );
}

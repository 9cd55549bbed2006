import type { Scope } from './scopes.ts';

/** The account and access key that an authenticated request acts for. */
export interface Principal {
  /** The account that owns what the request creates. The root access key's account is `root`. */
  readonly accountId: string;
  /** The access key's id, or the name of the shared secret: the actor of audit events. */
  readonly actor: string;
  /** The right that the query of the operation must check; null if there is nothing to check. */
  readonly grant: Grant | null;
  /** The policy that bounds this caller, besides those of its account and of the authority; null for none. */
  readonly policyId: string | null;
}

/**
 * The right that an access key uses. The query that does the work checks that the key is enabled, has
 * not expired and holds the scope. The result is never cached, so disabling a key works at once.
 */
export interface Grant {
  readonly accessKeyId: string;
  readonly scope: Scope;
}

/** A grant and the time of its use. */
export interface GrantCheck {
  readonly grant: Grant | null;
  /** Unix seconds: an access key that expires at this second has expired. */
  readonly nowSeconds: number;
}

/** The account that asks: `root` sees the rows of all accounts, any other account its own. */
export interface Access extends GrantCheck {
  readonly accountId: string;
}

/** The account that administers all others. */
export const ROOT_ACCOUNT_ID = 'root';

export function accessOf({ accountId, grant }: Principal, nowMs: number): Access {
  return { accountId, grant, nowSeconds: Math.floor(nowMs / 1000) };
}

import type { Scope } from './scopes.ts';

/** Who a request acts for, once its credentials were verified. */
export interface Principal {
  /** The account that owns what is made; the root access key's account is `root`. */
  readonly accountId: string;
  /** The access key's id, or the name of the shared secret: what the audit record calls the actor. */
  readonly actor: string;
  /** What the operation still has to check in its own query; null where there is nothing left to check. */
  readonly grant: Grant | null;
}

/**
 * The right that an access key uses. Whether the key is enabled, has not expired and holds the scope
 * is never cached: the query that does the work decides it, so that disabling a key works at once.
 */
export interface Grant {
  readonly accessKeyId: string;
  readonly scope: Scope;
}

/** A grant at the moment of its use. */
export interface GrantCheck {
  readonly grant: Grant | null;
  /** Unix seconds: an access key that expires at this second has expired. */
  readonly nowSeconds: number;
}

/** Whose view the record is asked for: the account `root` sees all, any other its own alone. */
export interface Access extends GrantCheck {
  readonly accountId: string;
}

/** The account that administers all others. */
export const ROOT_ACCOUNT_ID = 'root';

export function accessOf({ accountId, grant }: Principal, nowMs: number): Access {
  return { accountId, grant, nowSeconds: Math.floor(nowMs / 1000) };
}

import type { Principal } from './principal.ts';
import type { Scope } from './scopes.ts';

/** An access key that proved to hold its secret; whether it may do anything is not known yet. */
export interface Identity {
  readonly accessKeyId: string;
  readonly accountId: string;
  /** The administrator's key from the configuration, which may do everything. */
  readonly root: boolean;
}

/** The identity as one operation sees it, which still has to check the grant. */
export function actWithScope({ accessKeyId, accountId, root }: Identity, scope: Scope): Principal {
  return { accountId, actor: accessKeyId, grant: root ? null : { accessKeyId, scope } };
}

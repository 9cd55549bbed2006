import type { Principal } from './principal.ts';
import type { Scope } from './scopes.ts';

/** An authenticated access key. What it may do is checked later. */
export interface Identity {
  readonly accessKeyId: string;
  readonly accountId: string;
  /** Whether it is the root access key from the configuration, which needs no grant. */
  readonly root: boolean;
}

/** Returns the principal for an operation that needs the scope. The operation checks the grant. */
export function actWithScope({ accessKeyId, accountId, root }: Identity, scope: Scope): Principal {
  return { accountId, actor: accessKeyId, grant: root ? null : { accessKeyId, scope } };
}

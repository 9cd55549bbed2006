/** Who a request acts for, once its credentials were verified. */
export interface Principal {
  /** The account that owns what is made; the root access key's account is `root`. */
  readonly accountId: string;
  /** The access key's id, or the name of the shared secret: what the audit record calls the actor. */
  readonly actor: string;
  /** Grants of the form `service:Action`, `service:*` or `*`. */
  readonly scopes: readonly string[];
}

export type Scope =
  | 'certificates:Issue'
  | 'certificates:Read'
  | 'certificates:Revoke'
  | 'authorities:Manage'
  | 'accounts:Manage';

/** Whether one of the principal's grants covers `scope`. */
export function allows(principal: Principal, scope: Scope): boolean {
  const service = scope.slice(0, scope.indexOf(':'));
  return principal.scopes.some(
    (grant) => grant === '*' || grant === scope || grant === `${service}:*`,
  );
}

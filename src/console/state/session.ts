import { signal } from '@preact/signals';
import type { Session } from '../api/client.ts';

/** A service and an action, such as `certificates:Read`. */
export type Scope = `${string}:${string}`;

/** The session of the page; null without one, undefined until the server has answered. */
export const session = signal<Session | null | undefined>(undefined);

/** Like mayUse, for what only the account may do that administers all others. */
export function mayAdminister(scope: Scope): boolean {
  return session.value?.accountId === 'root' && mayUse(scope);
}

/** Whether the access key has a scope. The server decides; this only hides what it would refuse. */
export function mayUse(scope: Scope): boolean {
  const scopes = session.value?.scopes ?? [];
  const [service] = scope.split(':');
  return scopes.some((each) => each === '*' || each === scope || each === `${service}:*`);
}

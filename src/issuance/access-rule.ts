import { type Principal, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { authorityNotFound } from '../authorities/authority-not-found.ts';

/**
 * Refuses a principal that may not have anything signed by an authority: all may use those of the account
 * `root`, and `root` may use all.
 * @param id the authority's, for the message
 * @throws SignetError authority-not-found, as for an authority that does not exist
 */
export function requireAccess(
  ownerId: string,
  id: string,
  { accountId }: Pick<Principal, 'accountId'>,
): void {
  if (accountId === ROOT_ACCOUNT_ID || ownerId === ROOT_ACCOUNT_ID || ownerId === accountId) return;
  throw authorityNotFound(id);
}

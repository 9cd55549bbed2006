import { type Principal, ROOT_ACCOUNT_ID } from '../../access/principal.ts';
import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import type { AuthorityDetails } from '../../authorities/management.ts';
import { authorityNotFound } from '../../authorities/read-authorities.ts';
import type { AuthorityRecord } from '../../authorities/store.ts';
import type { Services } from '../services.ts';
import type { RpcCall } from './rpc-call.ts';

/** An account knows its own authorities and those of the account `root`, which knows all. */
export function isVisible(record: AuthorityRecord, principal: Principal): boolean {
  return isOwn(record, principal) || record.accountId === ROOT_ACCOUNT_ID;
}

export function isOwn({ accountId }: AuthorityRecord, principal: Principal): boolean {
  return principal.accountId === ROOT_ACCOUNT_ID || accountId === principal.accountId;
}

/** @throws SignetError authority-not-found, also for one that the account must not know of */
export async function findCa(
  { services, principal }: RpcCall,
  identifier: string,
): Promise<AuthorityDetails> {
  if (identifier === DEFAULT_AUTHORITY_ID) await makeDefault(services);
  const details = await services.authorityManager.find(principal, identifier);
  if (!isVisible(details.current, principal)) throw authorityNotFound(identifier);
  return details;
}

/** Until somebody asks for it the default authority is not there; why it cannot be, others tell. */
export async function makeDefault({ openCurrentAuthority }: Services): Promise<void> {
  await openCurrentAuthority(DEFAULT_AUTHORITY_ID).catch(() => null);
}

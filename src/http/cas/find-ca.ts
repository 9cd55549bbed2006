import type { Page } from '../../access/page.ts';
import { type Principal, ROOT_ACCOUNT_ID } from '../../access/principal.ts';
import { authorityNotFound } from '../../authorities/authority-not-found.ts';
import type { AuthorityDetails } from '../../authorities/management.ts';
import type { AuthorityRecord } from '../../authorities/store.ts';
import { type CertifiedRecord, isCertified } from './describe-ca.ts';
import type { RpcCall } from './rpc-call.ts';

const ROWS = 100;
/** Enough for 5000 authorities. */
const MAX_ROUNDS = 50;

/** @throws SignetError authority-not-found, also for one that the account must not know of */
export async function findCa(
  { services, principal }: RpcCall,
  identifier: string,
): Promise<AuthorityDetails> {
  const details = await services.authorityManager.find(principal, identifier);
  if (!isVisible(details.current, principal)) throw authorityNotFound(identifier);
  return details;
}

/** @throws SignetError authority-not-found, also for one that has no certificate yet */
export async function findCertified(call: RpcCall, identifier: string): Promise<CertifiedRecord> {
  const { current } = await findCa(call, identifier);
  if (isCertified(current)) return current;
  throw authorityNotFound(identifier);
}

/** Every authority with a certificate that the account may use. */
export async function listCertified({ services, principal }: RpcCall): Promise<CertifiedRecord[]> {
  const found: AuthorityRecord[] = [];
  let afterId: string | null = null;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const page: Page<AuthorityRecord> = await services.authorityManager.list(principal, {
      afterId,
      limit: ROWS,
    });
    found.push(...page.items);
    afterId = page.nextAfterId;
    if (afterId === null) break;
  }
  return found.filter((record) => isVisible(record, principal)).filter(isCertified);
}

/** An account sees its own authorities and those of the account `root`, which sees all. */
function isVisible(record: AuthorityRecord, principal: Principal): boolean {
  return isOwn(record, principal) || record.accountId === ROOT_ACCOUNT_ID;
}

export function isOwn({ accountId }: AuthorityRecord, principal: Principal): boolean {
  return principal.accountId === ROOT_ACCOUNT_ID || accountId === principal.accountId;
}

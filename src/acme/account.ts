import type { Principal } from '../access/principal.ts';
import type { AccountKey } from './account-key.ts';

/** What gives an ACME account power. Its key is sealed together with them. */
export interface AccountTerms {
  /** `acme-` and 20 of A-Za-z0-9. */
  readonly id: string;
  /** The authority of its directory. */
  readonly lineageId: string;
  /** The account that owns its certificates. */
  readonly accountId: string;
  /** The key that it was bound with; null without external account binding. */
  readonly eabKeyId: string | null;
  /** The policy of that key. */
  readonly policyId: string | null;
  readonly thumbprint: string;
}

/** An ACME account that signs requests. */
export interface AcmeAccount extends AccountTerms, AccountKey {}

/** What a client sees of its account (RFC 8555 section 7.1.2). */
export interface AccountState {
  readonly id: string;
  readonly status: 'valid' | 'deactivated';
  /** `mailto` URLs. */
  readonly contacts: readonly string[];
}

/** Returns the record id that an account's key is sealed under. `SEALED_ACME_ACCOUNT_SQL` builds the same text. */
export function acmeAccountRecordId(terms: AccountTerms): string {
  const { id, lineageId, accountId, eabKeyId, policyId, thumbprint } = terms;
  return `acme-account:${id}:${lineageId}:${accountId}:${eabKeyId ?? ''}:${policyId ?? ''}:${thumbprint}`;
}

/** The principal that an ACME account acts as. */
export function principalOf({ id, accountId, policyId }: AccountTerms): Principal {
  return { accountId, actor: id, grant: null, policyId };
}

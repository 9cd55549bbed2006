import type { AuditEvent } from '../audit/event.ts';
import type { AccountState, AccountTerms } from './account.ts';
import type { AccountCall, AcmeCall, KeyCall } from './call.ts';
import type { SealedEabKey } from './eab-key-store.ts';

/** The row of an account, to verify a request with. */
export interface SealedAcmeAccount {
  readonly terms: AccountTerms;
  readonly status: AccountState['status'];
  /** SubjectPublicKeyInfo, sealed under `acmeAccountRecordId(terms)`; '' once it is deactivated. */
  readonly sealedKey: string;
  /** The key that it was bound with; null if there is none, or not any more. */
  readonly eabKey: SealedEabKey | null;
}

export interface NewAcmeAccount {
  readonly terms: AccountTerms;
  readonly sealedKey: string;
  readonly contacts: readonly string[];
  readonly termsAgreed: boolean;
  readonly createdAtMs: number;
  /** The key for external account binding as it was when the binding was verified. */
  readonly eabKey: SealedEabKey | null;
}

export type Registration =
  | { readonly outcome: 'created' | 'existing'; readonly account: AccountState }
  | { readonly outcome: 'eab-key-gone' | 'eab-key-used' | 'rate-limited' };

/**
 * Every method with a call spends its nonce in its one batch, and throws AcmeError bad-nonce or
 * account-unauthorized if the call does not hold. It then has changed nothing but the nonce. A change
 * and its audit event are committed together. All throw SignetError record-unavailable.
 */
export interface AcmeAccountStore {
  /** Reads an account to authenticate a request. Spends no nonce. */
  findSealed(id: string): Promise<SealedAcmeAccount | null>;
  /** Finds the account of the key that signed the call. */
  findByKey(call: KeyCall): Promise<AccountState | null>;
  /** Reads what `register` needs, before the nonce is spent. */
  findForBinding(
    call: KeyCall,
    eabKeyId: string,
  ): Promise<{ readonly exists: boolean; readonly eabKey: SealedEabKey | null }>;
  /** Creates the account unless its key has one already. */
  register(call: KeyCall, account: NewAcmeAccount, audit: AuditEvent): Promise<Registration>;
  find(call: AccountCall): Promise<AccountState>;
  setContacts(
    call: AccountCall,
    contacts: readonly string[],
    audit: AuditEvent,
  ): Promise<AccountState>;
  /** Deactivates the account and forgets its key. */
  deactivate(call: AccountCall, audit: AuditEvent): Promise<AccountState>;
  /** Returns the id of the account that has the new key, which is another one if the key is in use. */
  changeKey(
    call: AccountCall,
    changed: { readonly thumbprint: string; readonly sealedKey: string },
    audit: AuditEvent,
  ): Promise<{ readonly holderId: string; readonly account: AccountState }>;
  /** Spends the nonce of a call that is refused before any batch. */
  spend(call: AcmeCall): Promise<void>;
}

import type { AuditEvent } from '../audit/event.ts';
import type { Access } from './principal.ts';

export interface Account {
  /** `root`, or `acct-` and 12 of a-z0-9. */
  readonly id: string;
  readonly name: string;
  /** How many certificates its inventory may hold; null for the default. */
  readonly inventoryQuota: number | null;
  /** How many authorities it may own; null for the default. */
  readonly authorityQuota: number | null;
  /** The policy that bounds everything that is issued for it; null for none. */
  readonly policyId: string | null;
  readonly createdAtMs: number;
}

/** A field that is left out stays unchanged. */
export interface AccountChanges {
  readonly name?: string;
  readonly inventoryQuota?: number | null;
  readonly authorityQuota?: number | null;
  readonly policyId?: string | null;
}

/** A part of a list: at most `limit` items after the one with this id. */
export interface PageRequest {
  readonly afterId: string | null;
  readonly limit: number;
}

/**
 * Every method throws SignetError record-unavailable, or an error that says why the grant does not
 * hold; it has then written nothing. A change and its audit event are committed together.
 */
export interface AccountStore {
  /** 'no-policy' if the policy is not that of `root`. */
  createAccount(
    account: Account,
    access: Access,
    audit: AuditEvent,
  ): Promise<'created' | 'no-policy' | 'caller-bounded'>;
  /** Returns null if the asking account may see no such account. */
  findAccount(id: string, access: Access): Promise<Account | null>;
  /** Lists the accounts that the asking account may see, by id. */
  listAccounts(page: PageRequest, access: Access): Promise<readonly Account[]>;
  /**
   * Returns the changed account. 'no-policy' if the policy is neither its own nor that of `root`, and
   * 'caller-bounded' if the calling key has a policy and this would change that of the account.
   */
  updateAccount(
    id: string,
    changes: AccountChanges,
    access: Access,
    audit: AuditEvent,
  ): Promise<Account | 'not-found' | 'no-policy' | 'caller-bounded'>;
  /** Deletes an account that owns nothing. A refunded external CA instance does not count. */
  deleteAccount(
    id: string,
    access: Access,
    audit: AuditEvent,
  ): Promise<'deleted' | 'in-use' | 'not-found'>;
}

/** An access key without its secret. */
export interface AccessKey {
  /** `ak-` and 20 of A-Za-z0-9. */
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** `service:Action`, `service:*` or `*`. */
  readonly scopes: readonly string[];
  readonly enabled: boolean;
  readonly expiresAtSeconds: number | null;
  /** The policy that bounds what is issued with the key; null for none. */
  readonly policyId: string | null;
  readonly createdAtMs: number;
  /** At most an hour too old; null before the first use. */
  readonly lastUsedAtSeconds: number | null;
}

/** What gives an access key power. Its secret is sealed together with them. */
export type AccessKeyTerms = Pick<
  AccessKey,
  'id' | 'accountId' | 'scopes' | 'enabled' | 'expiresAtSeconds' | 'policyId'
>;

export interface SealedAccessKey {
  readonly terms: AccessKeyTerms;
  /** Sealed under `secretRecordId(terms)`. */
  readonly sealedSecret: string;
}

/** A field that is left out stays unchanged. */
export interface AccessKeyChanges {
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly enabled?: boolean;
  readonly expiresAtSeconds?: number | null;
  readonly policyId?: string | null;
}

/** Follows the rules of `AccountStore`. A principal that may see an account may see its access keys. */
export interface AccessKeyStore {
  /**
   * Returns 'scopes-exceeded' if the granting key does not hold all scopes itself, 'no-policy' if the
   * policy is neither the account's nor that of `root`, and 'other-policy' if the granting key has a
   * policy and this is another one.
   */
  createAccessKey(
    accessKey: AccessKey,
    sealedSecret: string,
    access: Access,
    audit: AuditEvent,
  ): Promise<'created' | 'no-account' | 'no-policy' | 'other-policy' | 'scopes-exceeded'>;
  findAccessKey(id: string, access: Access): Promise<AccessKey | null>;
  /** @param accountId null for every account that the asking account may see */
  listAccessKeys(
    accountId: string | null,
    page: PageRequest,
    access: Access,
  ): Promise<readonly AccessKey[]>;
  /** Reads a key to change it. */
  findSealedAccessKey(id: string, access: Access): Promise<SealedAccessKey | null>;
  /**
   * Returns the changed key. If the change can give the key more power (scopes, enabled, expiry, policy) and
   * the granting key does not hold all its scopes, it returns 'scopes-exceeded'. It returns 'changed'
   * if the sealed secret is not `secret.from` any more, and 'no-policy' and 'other-policy' as
   * createAccessKey does.
   */
  updateAccessKey(
    id: string,
    changes: AccessKeyChanges,
    secret: { readonly from: string; readonly to: string },
    access: Access,
    audit: AuditEvent,
  ): Promise<
    AccessKey | 'not-found' | 'no-policy' | 'other-policy' | 'scopes-exceeded' | 'changed'
  >;
  deleteAccessKey(
    id: string,
    access: Access,
    audit: AuditEvent,
  ): Promise<'deleted' | 'not-found' | 'other-policy'>;
}

/** For authentication, before a principal is known. */
export interface AccessKeySecretStore {
  findSealedSecret(id: string): Promise<SealedAccessKey | null>;
  /** Writes only if the key is enabled and its last use was noted before `dueSeconds`. */
  noteUse(id: string, nowSeconds: number, dueSeconds: number): Promise<void>;
}

import type { AuditEvent } from '../audit/event.ts';
import type { Access } from './principal.ts';

export interface Account {
  /** `root`, or `acct-` and 12 of a-z0-9. */
  readonly id: string;
  readonly name: string;
  /** How many certificates may lie in its inventory; null for the default. */
  readonly inventoryQuota: number | null;
  readonly createdAtMs: number;
}

/** What is left out stays as it is. */
export interface AccountChanges {
  readonly name?: string;
  readonly inventoryQuota?: number | null;
}

/** Which part of a list: at most `limit`, behind the one with this id. */
export interface PageRequest {
  readonly afterId: string | null;
  readonly limit: number;
}

/**
 * Every function throws SignetError record-unavailable, and where the grant does not hold; nothing
 * is written then. `audit` is committed with what it tells of, or not at all.
 */
export interface AccountStore {
  createAccount(account: Account, access: Access, audit: AuditEvent): Promise<void>;
  /** Null where there is none that may be seen. */
  findAccount(id: string, access: Access): Promise<Account | null>;
  /** Those that may be seen, by id. */
  listAccounts(page: PageRequest, access: Access): Promise<readonly Account[]>;
  /** The account as it is afterwards, or null where there is none. */
  updateAccount(
    id: string,
    changes: AccountChanges,
    access: Access,
    audit: AuditEvent,
  ): Promise<Account | null>;
  /** Only where it has neither access keys nor certificates, in the record or in the inventory. */
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
  readonly createdAtMs: number;
  /** Not later than an hour behind the truth; null before the first use. */
  readonly lastUsedAtSeconds: number | null;
}

/** What is left out stays as it is. */
export interface AccessKeyChanges {
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly enabled?: boolean;
  readonly expiresAtSeconds?: number | null;
}

/** As `AccountStore`; an access key may be seen where its account may. */
export interface AccessKeyStore {
  /** 'scopes-exceeded' where the granting key does not hold them all itself. */
  createAccessKey(
    accessKey: AccessKey,
    sealedSecret: string,
    access: Access,
    audit: AuditEvent,
  ): Promise<'created' | 'no-account' | 'scopes-exceeded'>;
  findAccessKey(id: string, access: Access): Promise<AccessKey | null>;
  /** @param accountId null for every account that may be seen */
  listAccessKeys(
    accountId: string | null,
    page: PageRequest,
    access: Access,
  ): Promise<readonly AccessKey[]>;
  /**
   * The key as it is afterwards. 'scopes-exceeded' where what it could do then is widened or renewed
   * (scopes, enabled, expiry) and is more than the granting key holds itself.
   */
  updateAccessKey(
    id: string,
    changes: AccessKeyChanges,
    access: Access,
    audit: AuditEvent,
  ): Promise<AccessKey | 'not-found' | 'scopes-exceeded'>;
  deleteAccessKey(id: string, access: Access, audit: AuditEvent): Promise<'deleted' | 'not-found'>;
}

/** What authentication asks for, on nobody's behalf yet. */
export interface AccessKeySecretStore {
  findSealedSecret(
    id: string,
  ): Promise<{ readonly accountId: string; readonly sealedSecret: string } | null>;
  /** Only where the last use was noted before `dueSeconds`, and the key is enabled. */
  noteUse(id: string, nowSeconds: number, dueSeconds: number): Promise<void>;
}

import { describeAct } from '../audit/describe-act.ts';
import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import { checkName } from './names.ts';
import { type Page, readPage } from './page.ts';
import { accessOf, type Principal, ROOT_ACCOUNT_ID } from './principal.ts';
import { type RandomBytes, randomText, SMALL_LETTERS_AND_DIGITS } from './random-text.ts';
import { callerBounded, requireUnbounded } from './require-unbounded.ts';
import type { AccessKeySecrets } from './secrets.ts';
import type { Account, AccountChanges, AccountStore, PageRequest } from './store.ts';

export interface AccountDependencies {
  readonly store: AccountStore;
  readonly secrets: Pick<AccessKeySecrets, 'refresh'>;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

export interface NewAccount {
  readonly name: string;
  /** Null for the default. */
  readonly inventoryQuota: number | null;
  /** Null for the default. */
  readonly authorityQuota: number | null;
  /** A policy of the account `root`; left out or null for none. */
  readonly policyId?: string | null;
}

/** Every method throws SignetError if the principal's grant does not hold. */
export interface Accounts {
  /**
   * @throws SignetError forbidden unless the principal is of the account `root`; policy-not-found,
   *   invalid-parameter
   */
  create(principal: Principal, account: NewAccount, request: RequestContext): Promise<Account>;
  /** @throws SignetError account-not-found */
  find(principal: Principal, id: string): Promise<Account>;
  /** @throws SignetError invalid-parameter */
  list(principal: Principal, page: PageRequest): Promise<Page<Account>>;
  /**
   * A caller that a policy bounds does not change the policy.
   * @throws SignetError forbidden, account-not-found, policy-not-found, invalid-parameter
   */
  update(
    principal: Principal,
    id: string,
    changes: AccountChanges,
    request: RequestContext,
  ): Promise<Account>;
  /** Deletes an account that owns nothing. @throws SignetError forbidden, account-not-found, in-use */
  remove(principal: Principal, id: string, request: RequestContext): Promise<void>;
}

const MAX_INVENTORY_QUOTA = 1_000_000;
const MAX_AUTHORITY_QUOTA = 10_000;

export function createAccounts(dependencies: AccountDependencies): Accounts {
  const { store, secrets, clock, randomBytes } = dependencies;
  return {
    async create(principal, { name, inventoryQuota, authorityQuota, policyId = null }, request) {
      requireRoot(principal);
      if (policyId !== null) await requireUnbounded(secrets, principal);
      const createdAtMs = clock();
      const id = `acct-${randomText(randomBytes, SMALL_LETTERS_AND_DIGITS, 12)}`;
      const account = {
        id,
        name: checkName(name),
        inventoryQuota: checkInventoryQuota(inventoryQuota),
        authorityQuota: checkAuthorityQuota(authorityQuota),
        policyId,
        createdAtMs,
      };
      const act = { principal, atMs: createdAtMs, request };
      const { policyId: _, ...described } = account;
      const detail = describeChanges(policyId === null ? described : account);
      const event = describeAct(act, 'account.create', id, detail);
      const outcome = await store.createAccount(account, accessOf(principal, createdAtMs), event);
      if (outcome === 'no-policy') throw noPolicy();
      if (outcome === 'caller-bounded') throw callerBounded();
      return account;
    },

    async find(principal, id) {
      const account = await store.findAccount(id, accessOf(principal, clock()));
      if (account === null) throw notFound();
      return account;
    },

    list: (principal, page) =>
      readPage(
        page,
        (rows) => store.listAccounts(rows, accessOf(principal, clock())),
        ({ id }) => id,
      ),

    async update(principal, id, changes, request) {
      requireRoot(principal);
      if (changes.policyId !== undefined) await requireUnbounded(secrets, principal);
      if (changes.name !== undefined) checkName(changes.name);
      if (changes.inventoryQuota !== undefined) checkInventoryQuota(changes.inventoryQuota);
      if (changes.authorityQuota !== undefined) checkAuthorityQuota(changes.authorityQuota);
      const atMs = clock();
      const act = { principal, atMs, request };
      const event = describeAct(act, 'account.update', id, describeChanges(changes));
      const updated = await store.updateAccount(id, changes, accessOf(principal, atMs), event);
      if (updated === 'not-found') throw notFound();
      if (updated === 'no-policy') throw noPolicy();
      if (updated === 'caller-bounded') throw callerBounded();
      return updated;
    },

    async remove(principal, id, request) {
      requireRoot(principal);
      const atMs = clock();
      const event = describeAct({ principal, atMs, request }, 'account.delete', id, {});
      const outcome = await store.deleteAccount(id, accessOf(principal, atMs), event);
      if (outcome === 'not-found') throw notFound();
      if (outcome === 'in-use') {
        throw new SignetError(
          'in-use',
          `The account is not empty: it has access keys, policies, certificates, keys for external account binding, ACME accounts, authorities or external CA instances, or it is the account ${ROOT_ACCOUNT_ID}.`,
        );
      }
    },
  };
}

function requireRoot({ accountId }: Principal): void {
  if (accountId === ROOT_ACCOUNT_ID) return;
  throw new SignetError(
    'forbidden',
    `Only access keys of the account ${ROOT_ACCOUNT_ID} may change accounts.`,
  );
}

function checkInventoryQuota(quota: number | null): number | null {
  return checkQuota('inventoryQuota', quota, MAX_INVENTORY_QUOTA);
}

function checkAuthorityQuota(quota: number | null): number | null {
  return checkQuota('authorityQuota', quota, MAX_AUTHORITY_QUOTA);
}

function checkQuota(field: string, quota: number | null, max: number): number | null {
  if (quota === null) return null;
  if (Number.isSafeInteger(quota) && quota >= 0 && quota <= max) return quota;
  throw new SignetError(
    'invalid-parameter',
    `'${field}' must be a whole number from 0 to ${max}, or null for the default.`,
    { field },
  );
}

function describeChanges(changes: AccountChanges): AuditEvent['detail'] {
  const { name, inventoryQuota, authorityQuota, policyId } = changes;
  return {
    ...(name === undefined ? {} : { name }),
    ...(inventoryQuota === undefined ? {} : { inventoryQuota: inventoryQuota ?? 'default' }),
    ...(authorityQuota === undefined ? {} : { authorityQuota: authorityQuota ?? 'default' }),
    ...(policyId === undefined ? {} : { policy: policyId ?? 'none' }),
  };
}

function noPolicy(): SignetError {
  return new SignetError(
    'policy-not-found',
    'Neither the account nor the account root has a policy with this id.',
    { field: 'policyId' },
  );
}

function notFound(): SignetError {
  return new SignetError('account-not-found', 'There is no account with this id.');
}

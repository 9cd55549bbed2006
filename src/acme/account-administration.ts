import { type Page, readPage } from '../access/page.ts';
import { type Access, accessOf, type Principal } from '../access/principal.ts';
import type { PageRequest } from '../access/store.ts';
import { describeAct } from '../audit/describe-act.ts';
import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import type { AccountState, AccountTerms } from './account.ts';

/** An ACME account as the account that owns its certificates sees it. */
export interface OwnedAcmeAccount
  extends AccountState,
    Pick<AccountTerms, 'lineageId' | 'accountId' | 'eabKeyId'> {
  readonly createdAtMs: number;
}

/** Which ACME accounts a list contains; null for no condition. */
export interface AcmeAccountFilter {
  /** The account that owns their certificates. */
  readonly accountId: string | null;
  /** The key for external account binding that they were bound with. */
  readonly eabKeyId: string | null;
}

/** Follows the rules of `EabKeyStore`. */
export interface AcmeAccountAdministrationStore {
  listOwned(
    filter: AcmeAccountFilter,
    page: PageRequest,
    access: Access,
  ): Promise<readonly OwnedAcmeAccount[]>;
  findOwned(id: string, access: Access): Promise<OwnedAcmeAccount | null>;
  /** Deactivates the account if it is valid. Returns it as it is then; null if there is none. */
  deactivateOwned(id: string, access: Access, audit: AuditEvent): Promise<OwnedAcmeAccount | null>;
}

/**
 * The ACME accounts of an account, for its administrators. Every method throws SignetError if the
 * principal's grant does not hold. A principal outside the account `root` sees only those of its own
 * account.
 */
export interface AcmeAccountAdministration {
  /** @throws SignetError invalid-parameter */
  list(
    principal: Principal,
    filter: AcmeAccountFilter,
    page: PageRequest,
  ): Promise<Page<OwnedAcmeAccount>>;
  /** @throws SignetError acme-account-not-found */
  find(principal: Principal, id: string): Promise<OwnedAcmeAccount>;
  /** Stops an account for ever. @throws SignetError acme-account-not-found */
  deactivate(principal: Principal, id: string, request: RequestContext): Promise<OwnedAcmeAccount>;
}

export function createAcmeAccountAdministration(dependencies: {
  readonly store: AcmeAccountAdministrationStore;
  /** Unix ms. */
  readonly clock: () => number;
}): AcmeAccountAdministration {
  const { store, clock } = dependencies;
  return {
    list: (principal, filter, page) =>
      readPage(
        page,
        (rows) => store.listOwned(filter, rows, accessOf(principal, clock())),
        ({ id }) => id,
      ),

    async find(principal, id) {
      return requireFound(await store.findOwned(id, accessOf(principal, clock())));
    },

    async deactivate(principal, id, request) {
      const atMs = clock();
      const audit = describeAct({ principal, atMs, request }, 'acme-account.deactivate', id);
      return requireFound(await store.deactivateOwned(id, accessOf(principal, atMs), audit));
    },
  };
}

function requireFound(account: OwnedAcmeAccount | null): OwnedAcmeAccount {
  if (account !== null) return account;
  throw new SignetError('acme-account-not-found', 'There is no ACME account with this id.');
}

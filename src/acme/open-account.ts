import { createRecentCache } from '../access/recent-cache.ts';
import type { Sealer } from '../keys/sealing.ts';
import { type AcmeAccount, acmeAccountRecordId } from './account.ts';
import { openAccountKey } from './account-key.ts';
import type { AcmeAccountStore } from './account-store.ts';
import { AcmeError } from './acme-error.ts';
import { eabKeyRecordId } from './eab-key-store.ts';

const MAX_CACHED = 1000;
const ID = /^acme-[A-Za-z0-9]{20}$/;

/**
 * The accounts whose requests this isolate verifies. One in memory may be outdated: the batch of each
 * operation checks that it is valid and has this key.
 */
export interface OpenAccounts {
  /**
   * Returns an account of the authority.
   * @throws AcmeError account-does-not-exist, account-unauthorized; SignetError record-unavailable,
   *   sealing-unavailable
   */
  open(id: string, lineageId: string): Promise<AcmeAccount>;
  /** Evicts an account from memory, after a change or if it turned out to be outdated. Tells whether it was there. */
  evict(id: string): boolean;
}

export function createOpenAccounts(dependencies: {
  readonly store: Pick<AcmeAccountStore, 'findSealed'>;
  readonly sealer: Sealer;
}): OpenAccounts {
  const { store, sealer } = dependencies;
  const cache = createRecentCache<AcmeAccount>(MAX_CACHED);

  async function read(id: string): Promise<AcmeAccount> {
    const found = ID.test(id) ? await store.findSealed(id) : null;
    if (found === null) throw doesNotExist();
    const { terms, status, sealedKey, eabKey } = found;
    if (status !== 'valid') throw accountDeactivated();
    if (terms.eabKeyId !== null) {
      if (eabKey === null) throw bindingEnded();
      // A row that another program changed does not open.
      await sealer.open(eabKeyRecordId(eabKey.terms), eabKey.sealedMacKey);
    }
    const key = await openAccountKey(await sealer.open(acmeAccountRecordId(terms), sealedKey));
    return { ...terms, ...key };
  }

  return {
    async open(id, lineageId) {
      const known = cache.get(id);
      const account = known ?? (await read(id));
      if (known === undefined) cache.set(id, account);
      if (account.lineageId !== lineageId) throw doesNotExist();
      return account;
    },
    evict: (id) => cache.delete(id),
  };
}

export function doesNotExist(): AcmeError {
  return new AcmeError(
    'account-does-not-exist',
    'There is no such account at this directory. Create one with newAccount.',
  );
}

export function accountDeactivated(): AcmeError {
  return new AcmeError(
    'account-unauthorized',
    'The account is deactivated. Create one with another key.',
  );
}

/** Another request has changed the key of the account. */
export function accountKeyChanged(): AcmeError {
  return new AcmeError('account-unauthorized', 'The account has another key now.');
}

/** The key for external account binding was disabled or deleted, or has expired. */
export function bindingEnded(): AcmeError {
  return new AcmeError(
    'account-unauthorized',
    'The key that the account was bound with is disabled, deleted or expired. Ask the operator of the CA.',
  );
}

import { LETTERS_AND_DIGITS, type RandomBytes, randomText } from '../access/random-text.ts';
import { describeAct } from '../audit/describe-act.ts';
import type { AuditAction, AuditEvent } from '../audit/event.ts';
import { requireAccess } from '../issuance/access-rule.ts';
import type { FlattenedJws } from '../keys/jws.ts';
import type { Sealer } from '../keys/sealing.ts';
import {
  type AccountState,
  type AccountTerms,
  acmeAccountRecordId,
  principalOf,
} from './account.ts';
import type { AcmeAccountStore, Registration } from './account-store.ts';
import { AcmeError } from './acme-error.ts';
import type { AccountCall, AcmeCall, KeyCall } from './call.ts';
import { checkContacts } from './contacts.ts';
import type { SealedEabKey } from './eab-key-store.ts';
import { type ExternalBinding, readBinding, verifyBinding } from './external-binding.ts';
import { readNewKey } from './key-change.ts';
import { HOUR_SECONDS } from './limits.ts';
import {
  accountDeactivated,
  bindingEnded,
  doesNotExist,
  type OpenAccounts,
} from './open-account.ts';

/** What the authority of the directory says about new accounts. */
export interface AccountRules {
  readonly lineageId: string;
  /** The account that owns the authority. */
  readonly ownerId: string;
  readonly requiresBinding: boolean;
  /** Whether there are terms of service to agree to. */
  readonly hasTerms: boolean;
}

/** The payload of newAccount. Fields of clients are not trusted to have the right type. */
export interface AccountWish {
  readonly contact: unknown;
  readonly termsOfServiceAgreed: boolean;
  readonly onlyReturnExisting: boolean;
  readonly externalAccountBinding: FlattenedJws | null;
}

export interface AcmeAccounts {
  /**
   * Creates the account of the key, or returns the one that it has.
   * @throws AcmeError account-does-not-exist, external-account-required, account-unauthorized,
   *   user-action-required, unsupported-contact, invalid-contact, rate-limited, bad-nonce
   */
  register(
    call: KeyCall,
    wish: AccountWish,
    rules: AccountRules,
  ): Promise<{ readonly account: AccountState; readonly isNew: boolean }>;
  find(call: AccountCall): Promise<AccountState>;
  /** @throws AcmeError unsupported-contact, invalid-contact */
  setContacts(call: AccountCall, contacts: unknown): Promise<AccountState>;
  deactivate(call: AccountCall): Promise<AccountState>;
  /** Spends the nonce of a call that is refused before a batch could. @throws AcmeError bad-nonce */
  spend(call: AcmeCall): Promise<void>;
  /** Evicts an account from memory that may be outdated. */
  evict(id: string): void;
  /** @throws AcmeError bad-public-key, account-key-in-use */
  changeKey(call: AccountCall, inner: FlattenedJws, accountUrl: string): Promise<AccountState>;
}

export interface AccountDependencies {
  readonly store: AcmeAccountStore;
  readonly opened: OpenAccounts;
  readonly sealer: Sealer;
  readonly randomBytes: RandomBytes;
}

const ID_CHARACTERS = 20;

export function createAcmeAccounts(dependencies: AccountDependencies): AcmeAccounts {
  const { store, opened, sealer, randomBytes } = dependencies;

  async function create(
    call: KeyCall,
    wish: AccountWish,
    rules: AccountRules,
    eabKey: SealedEabKey | null,
  ): Promise<Registration> {
    const contacts = checkContacts(wish.contact ?? []);
    if (rules.hasTerms && !wish.termsOfServiceAgreed) throw termsNotAgreed();
    const terms: AccountTerms = {
      id: `acme-${randomText(randomBytes, LETTERS_AND_DIGITS, ID_CHARACTERS)}`,
      lineageId: rules.lineageId,
      accountId: eabKey?.terms.accountId ?? rules.ownerId,
      eabKeyId: eabKey?.terms.id ?? null,
      policyId: eabKey?.terms.policyId ?? null,
      thumbprint: call.signer.thumbprint,
    };
    requireAccess(rules.ownerId, rules.lineageId, terms);
    const account = {
      terms,
      sealedKey: await sealer.seal(acmeAccountRecordId(terms), call.signer.key.spkiDer),
      contacts,
      termsAgreed: wish.termsOfServiceAgreed,
      createdAtMs: call.nowSeconds * 1000,
      eabKey,
    };
    const audit = describeAccountAct(call, terms, 'acme-account.create', {
      eabKey: terms.eabKeyId ?? 'none',
    });
    return store.register(call, account, audit);
  }

  async function findEabKey(call: KeyCall, binding: ExternalBinding) {
    const { exists, eabKey } = await store.findForBinding(call, binding.eabKeyId);
    return exists ? null : verifyBinding(sealer, binding, eabKey, call.nowSeconds);
  }

  return {
    async register(call, wish, rules) {
      const { externalAccountBinding: given, onlyReturnExisting } = wish;
      const binding = given === null || onlyReturnExisting ? null : readBinding(given, call);
      const eabKey = binding === null ? null : await findEabKey(call, binding);
      // Without a verified binding, only an account that exists can be the answer.
      if (eabKey === null && (binding !== null || onlyReturnExisting || rules.requiresBinding)) {
        const account = await store.findByKey(call);
        if (account !== null) return { account: requireValid(account), isNew: false };
        if (onlyReturnExisting || binding !== null) throw doesNotExist();
        throw bindingRequired();
      }
      const registration = await create(call, wish, rules, eabKey);
      if ('account' in registration) {
        const account = requireValid(registration.account);
        return { account, isNew: registration.outcome === 'created' };
      }
      throw REFUSALS[registration.outcome]();
    },

    find: (call) => store.find(call),
    spend: (call) => store.spend(call),
    evict: (id) => void opened.evict(id),

    async setContacts(call, value) {
      const contacts = checkContacts(value);
      return store.setContacts(
        call,
        contacts,
        describeAccountAct(call, call.account, 'acme-account.update'),
      );
    },

    async deactivate(call) {
      const audit = describeAccountAct(call, call.account, 'acme-account.deactivate');
      const account = await store.deactivate(call, audit);
      opened.evict(call.account.id);
      return account;
    },

    async changeKey(call, inner, accountUrl) {
      const { key, thumbprint } = await readNewKey(call, inner, accountUrl);
      const terms = { ...call.account, thumbprint };
      const sealedKey = await sealer.seal(acmeAccountRecordId(terms), key.spkiDer);
      const { holderId, account } = await store.changeKey(
        call,
        { thumbprint, sealedKey },
        describeAccountAct(call, call.account, 'acme-account.change-key'),
      );
      opened.evict(call.account.id);
      if (holderId === call.account.id) return account;
      throw new AcmeError('account-key-in-use', 'Another account has this key already.', {
        accountId: holderId,
      });
    },
  };
}

const REFUSALS: Readonly<
  Record<Exclude<Registration, { account: unknown }>['outcome'], () => AcmeError>
> = {
  'eab-key-gone': bindingEnded,
  'eab-key-used': () =>
    new AcmeError(
      'account-unauthorized',
      'The key for external account binding was used already, and may be used once only. Ask for a new one.',
    ),
  'rate-limited': () =>
    new AcmeError(
      'rate-limited',
      'Too many accounts were bound with this key within an hour. Wait, or use another key.',
      { retryAfterSeconds: HOUR_SECONDS },
    ),
};

function describeAccountAct(
  call: KeyCall | AccountCall,
  terms: AccountTerms,
  action: AuditAction,
  detail: AuditEvent['detail'] = {},
): AuditEvent {
  const act = {
    principal: principalOf(terms),
    atMs: call.nowSeconds * 1000,
    request: call.request,
  };
  return { ...describeAct(act, action, terms.id, detail), authorityId: terms.lineageId };
}

function requireValid(account: AccountState): AccountState {
  if (account.status === 'valid') return account;
  throw accountDeactivated();
}

function bindingRequired(): AcmeError {
  return new AcmeError(
    'external-account-required',
    'A new account needs an external account binding. Ask the operator of the CA for a key id and a MAC key.',
    { field: 'externalAccountBinding' },
  );
}

function termsNotAgreed(): AcmeError {
  return new AcmeError(
    'user-action-required',
    "Read the terms of service that the directory names, and agree to them with 'termsOfServiceAgreed'.",
    { field: 'termsOfServiceAgreed' },
  );
}

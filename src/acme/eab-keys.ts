import { checkExpiry, checkName } from '../access/names.ts';
import { type Page, readPage } from '../access/page.ts';
import { accessOf, type Principal } from '../access/principal.ts';
import { LETTERS_AND_DIGITS, type RandomBytes, randomText } from '../access/random-text.ts';
import { noPolicyOfKey, otherPolicy, requireSamePolicy } from '../access/same-policy.ts';
import type { AccessKeySecrets } from '../access/secrets.ts';
import type { PageRequest } from '../access/store.ts';
import { describeAct } from '../audit/describe-act.ts';
import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';
import {
  type EabKey,
  type EabKeyChanges,
  type EabKeyStore,
  eabKeyRecordId,
  type SealedEabKey,
} from './eab-key-store.ts';

export interface EabKeyDependencies {
  readonly store: EabKeyStore;
  readonly secrets: Pick<AccessKeySecrets, 'refresh'>;
  readonly sealer: Sealer;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

export interface NewEabKey {
  /** Null for the principal's own account. */
  readonly accountId: string | null;
  readonly name: string;
  readonly policyId: string;
  readonly singleUse: boolean;
  readonly expiresAtSeconds: number | null;
}

/**
 * Every method throws SignetError if the principal's grant does not hold. A principal outside the
 * account `root` sees and changes only keys of its own account, and one that a policy bounds only keys
 * with the same policy.
 */
export interface EabKeys {
  /**
   * Creates a key. Its MAC key is returned only here.
   * @throws SignetError account-not-found, policy-not-found, forbidden, invalid-parameter,
   *   sealing-unavailable
   */
  create(
    principal: Principal,
    eabKey: NewEabKey,
    request: RequestContext,
  ): Promise<{ readonly eabKey: EabKey; readonly macKey: Uint8Array }>;
  /** @throws SignetError eab-key-not-found */
  find(principal: Principal, id: string): Promise<EabKey>;
  /** @param accountId null for every account that the principal may see. @throws SignetError invalid-parameter */
  list(principal: Principal, accountId: string | null, page: PageRequest): Promise<Page<EabKey>>;
  /**
   * Changes a key. Disabling it stops the ACME accounts that are bound with it at once.
   * @throws SignetError eab-key-not-found, forbidden, in-use, invalid-parameter, sealing-unavailable
   */
  update(
    principal: Principal,
    id: string,
    changes: EabKeyChanges,
    request: RequestContext,
  ): Promise<EabKey>;
  /** Deletes a key. The ACME accounts that are bound with it stop. @throws SignetError eab-key-not-found, forbidden */
  remove(principal: Principal, id: string, request: RequestContext): Promise<void>;
}

/** An update is tried again if another one or the job `reseal` changes the key meanwhile. */
const UPDATE_ATTEMPTS = 3;
const ID_CHARACTERS = 20;
/** The output of HS256. */
const MAC_KEY_BYTES = 32;

/**
 * Makes a MAC key of random bytes. Its base64url must not begin with `-`: clients such as certbot take it
 * on the command line, and would read it as an option. So its first bit is 0: `-` stands for 62.
 */
function makeMacKey(random: Uint8Array): Uint8Array {
  random[0] = (random[0] ?? 0) & 0x7f;
  return random;
}

export function createEabKeys(dependencies: EabKeyDependencies): EabKeys {
  const { store, secrets, sealer, clock, randomBytes } = dependencies;

  /** Seals the MAC key together with the changed terms. */
  async function rebind(
    { terms, sealedMacKey }: SealedEabKey,
    { enabled, expiresAtSeconds }: EabKeyChanges,
  ): Promise<string> {
    const changed = {
      ...terms,
      ...(enabled === undefined ? {} : { enabled }),
      ...(expiresAtSeconds === undefined ? {} : { expiresAtSeconds }),
    };
    const recordId = eabKeyRecordId(changed);
    if (recordId === eabKeyRecordId(terms)) return sealedMacKey;
    return sealer.seal(recordId, await sealer.open(eabKeyRecordId(terms), sealedMacKey));
  }

  return {
    async create(principal, { accountId, name, policyId, singleUse, expiresAtSeconds }, request) {
      await requireSamePolicy(secrets, principal, policyId);
      const createdAtMs = clock();
      const eabKey: EabKey = {
        id: `eab-${randomText(randomBytes, LETTERS_AND_DIGITS, ID_CHARACTERS)}`,
        accountId: accountId ?? principal.accountId,
        name: checkName(name),
        policyId,
        singleUse,
        enabled: true,
        expiresAtSeconds: checkExpiry(expiresAtSeconds, createdAtMs),
        createdAtMs,
      };
      const macKey = makeMacKey(randomBytes(MAC_KEY_BYTES));
      const sealedMacKey = await sealer.seal(eabKeyRecordId(eabKey), macKey);
      const event = describeAct(
        { principal, atMs: createdAtMs, request },
        'eab-key.create',
        eabKey.id,
        {
          account: eabKey.accountId,
          policy: policyId,
          singleUse: String(singleUse),
          ...describeChanges(eabKey),
        },
      );
      const access = accessOf(principal, createdAtMs);
      const outcome = await store.createEabKey(eabKey, sealedMacKey, access, event);
      if (outcome === 'created') return { eabKey, macKey };
      if (outcome === 'no-policy') throw noPolicyOfKey();
      if (outcome === 'other-policy') throw otherPolicy();
      throw new SignetError('account-not-found', 'There is no account with this id.', {
        field: 'accountId',
      });
    },

    async find(principal, id) {
      const eabKey = await store.findEabKey(id, accessOf(principal, clock()));
      if (eabKey === null) throw notFound();
      return eabKey;
    },

    list: (principal, accountId, page) =>
      readPage(
        page,
        (rows) => store.listEabKeys(accountId, rows, accessOf(principal, clock())),
        ({ id }) => id,
      ),

    async update(principal, id, changes, request) {
      const atMs = clock();
      if (changes.name !== undefined) checkName(changes.name);
      if (changes.expiresAtSeconds !== undefined) checkExpiry(changes.expiresAtSeconds, atMs);
      const act = { principal, atMs, request };
      const event = describeAct(act, 'eab-key.update', id, describeChanges(changes));
      const access = accessOf(principal, atMs);
      for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
        const former = await store.findSealedEabKey(id, access);
        if (former === null) throw notFound();
        await requireSamePolicy(secrets, principal, former.terms.policyId);
        const macKey = { from: former.sealedMacKey, to: await rebind(former, changes) };
        const outcome = await store.updateEabKey(id, changes, macKey, access, event);
        if (outcome === 'not-found') throw notFound();
        if (outcome === 'other-policy') throw otherPolicy();
        if (outcome !== 'changed') return outcome;
      }
      throw new SignetError('in-use', 'The key is being changed by others. Try again.');
    },

    async remove(principal, id, request) {
      const atMs = clock();
      const event = describeAct({ principal, atMs, request }, 'eab-key.delete', id);
      const outcome = await store.deleteEabKey(id, accessOf(principal, atMs), event);
      if (outcome === 'not-found') throw notFound();
      if (outcome === 'other-policy') throw otherPolicy();
    },
  };
}

function describeChanges(changes: EabKeyChanges): AuditEvent['detail'] {
  const { name, enabled, expiresAtSeconds } = changes;
  return {
    ...(name === undefined ? {} : { name }),
    ...(enabled === undefined ? {} : { enabled: String(enabled) }),
    ...(expiresAtSeconds === undefined ? {} : { expiresAtSeconds: expiresAtSeconds ?? 'never' }),
  };
}

function notFound(): SignetError {
  return new SignetError('eab-key-not-found', 'There is no key with this id.');
}

import { describeAct } from '../audit/describe-act.ts';
import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';
import { canWiden } from './can-widen.ts';
import { checkExpiry, checkName } from './names.ts';
import { type Page, readPage } from './page.ts';
import { accessOf, type Principal } from './principal.ts';
import { LETTERS_AND_DIGITS, type RandomBytes, randomText } from './random-text.ts';
import { noPolicyOfKey, otherPolicy, requireSamePolicy } from './same-policy.ts';
import { parseScopes } from './scopes.ts';
import { type AccessKeySecrets, secretRecordId } from './secrets.ts';
import type {
  AccessKey,
  AccessKeyChanges,
  AccessKeyStore,
  PageRequest,
  SealedAccessKey,
} from './store.ts';

export interface AccessKeyDependencies {
  readonly store: AccessKeyStore;
  readonly secrets: Pick<AccessKeySecrets, 'holdsAll' | 'refresh'>;
  readonly sealer: Sealer;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

export interface NewAccessKey {
  /** Null for the principal's own account. */
  readonly accountId: string | null;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAtSeconds: number | null;
  /** Of the key's account or of `root`. Left out for the policy that bounds the caller, if there is one. */
  readonly policyId?: string | null;
}

/**
 * Every method throws SignetError if the principal's grant does not hold. A principal outside the
 * account `root` sees and changes only access keys of its own account. An access key can grant only
 * scopes that it holds. If a policy bounds it, it creates and changes only keys with the same policy.
 */
export interface AccessKeys {
  /**
   * Creates an access key. The secret is returned only here.
   * @throws SignetError account-not-found, policy-not-found, forbidden, invalid-parameter,
   *   sealing-unavailable
   */
  create(
    principal: Principal,
    accessKey: NewAccessKey,
    request: RequestContext,
  ): Promise<{ readonly accessKey: AccessKey; readonly secret: string }>;
  /** @throws SignetError access-key-not-found */
  find(principal: Principal, id: string): Promise<AccessKey>;
  /** @param accountId null for every account that the principal may see. @throws SignetError invalid-parameter */
  list(principal: Principal, accountId: string | null, page: PageRequest): Promise<Page<AccessKey>>;
  /**
   * @throws SignetError access-key-not-found, policy-not-found, forbidden, in-use, invalid-parameter,
   *   sealing-unavailable
   */
  update(
    principal: Principal,
    id: string,
    changes: AccessKeyChanges,
    request: RequestContext,
  ): Promise<AccessKey>;
  /** @throws SignetError access-key-not-found, forbidden */
  remove(principal: Principal, id: string, request: RequestContext): Promise<void>;
}

/** An update is tried again if another one or the job `reseal` changes the key meanwhile. */
const UPDATE_ATTEMPTS = 3;
const ID_CHARACTERS = 20;
/** 238 random bits, and shorter than the block of HMAC-SHA256. */
const SECRET_CHARACTERS = 40;

export function createAccessKeys(dependencies: AccessKeyDependencies): AccessKeys {
  const { store, secrets, sealer, clock, randomBytes } = dependencies;

  /** Seals the secret together with the changed terms. */
  async function rebind(
    { terms, sealedSecret }: SealedAccessKey,
    changes: AccessKeyChanges,
  ): Promise<string> {
    const { scopes, enabled, expiresAtSeconds, policyId } = changes;
    const changed = {
      ...terms,
      ...(scopes === undefined ? {} : { scopes }),
      ...(enabled === undefined ? {} : { enabled }),
      ...(expiresAtSeconds === undefined ? {} : { expiresAtSeconds }),
      ...(policyId === undefined ? {} : { policyId }),
    };
    const recordId = secretRecordId(changed);
    if (recordId === secretRecordId(terms)) return sealedSecret;
    return sealer.seal(recordId, await sealer.open(secretRecordId(terms), sealedSecret));
  }

  return {
    async create(principal, { accountId, name, scopes, expiresAtSeconds, policyId }, request) {
      const createdAtMs = clock();
      const accessKey: AccessKey = {
        id: `ak-${randomText(randomBytes, LETTERS_AND_DIGITS, ID_CHARACTERS)}`,
        accountId: accountId ?? principal.accountId,
        name: checkName(name),
        scopes: parseScopes(scopes),
        enabled: true,
        expiresAtSeconds: checkExpiry(expiresAtSeconds, createdAtMs),
        policyId: policyId === undefined ? principal.policyId : policyId,
        createdAtMs,
        lastUsedAtSeconds: null,
      };
      await requireSamePolicy(secrets, principal, accessKey.policyId);
      const secret = randomText(randomBytes, LETTERS_AND_DIGITS, SECRET_CHARACTERS);
      const sealedSecret = await sealer.seal(secretRecordId(accessKey), encodeUtf8(secret));
      const { policyId: ownPolicyId, ...described } = accessKey;
      const act = { principal, atMs: createdAtMs, request };
      const event = describeAct(act, 'access-key.create', accessKey.id, {
        account: accessKey.accountId,
        ...describeChanges(ownPolicyId === null ? described : accessKey),
      });
      const access = accessOf(principal, createdAtMs);
      if (!(await secrets.holdsAll(principal, accessKey.scopes))) throw scopesExceeded();
      const outcome = await store.createAccessKey(accessKey, sealedSecret, access, event);
      if (outcome === 'no-account') {
        throw new SignetError('account-not-found', 'There is no account with this id.', {
          field: 'accountId',
        });
      }
      if (outcome === 'no-policy') throw noPolicyOfKey();
      if (outcome === 'other-policy') throw otherPolicy();
      if (outcome === 'scopes-exceeded') throw scopesExceeded();
      return { accessKey, secret };
    },

    async find(principal, id) {
      const accessKey = await store.findAccessKey(id, accessOf(principal, clock()));
      if (accessKey === null) throw notFound();
      return accessKey;
    },

    list: (principal, accountId, page) =>
      readPage(
        page,
        (rows) => store.listAccessKeys(accountId, rows, accessOf(principal, clock())),
        ({ id }) => id,
      ),

    async update(principal, id, changes, request) {
      const atMs = clock();
      if (changes.name !== undefined) checkName(changes.name);
      if (changes.expiresAtSeconds !== undefined) checkExpiry(changes.expiresAtSeconds, atMs);
      const { scopes, ...others } = changes;
      const checked: AccessKeyChanges =
        scopes === undefined ? others : { ...others, scopes: parseScopes(scopes) };
      const act = { principal, atMs, request };
      const event = describeAct(act, 'access-key.update', id, describeChanges(checked));
      const access = accessOf(principal, atMs);
      const widens = canWiden(changes);
      if (changes.policyId !== undefined)
        await requireSamePolicy(secrets, principal, changes.policyId);
      for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
        const former = await store.findSealedAccessKey(id, access);
        if (former === null) throw notFound();
        await requireSamePolicy(secrets, principal, former.terms.policyId);
        const held = checked.scopes ?? former.terms.scopes;
        if (widens && !(await secrets.holdsAll(principal, held))) throw scopesExceeded();
        const secret = { from: former.sealedSecret, to: await rebind(former, checked) };
        const outcome = await store.updateAccessKey(id, checked, secret, access, event);
        if (outcome === 'not-found') throw notFound();
        if (outcome === 'no-policy') throw noPolicyOfKey();
        if (outcome === 'other-policy') throw otherPolicy();
        if (outcome === 'scopes-exceeded') throw scopesExceeded();
        if (outcome !== 'changed') return outcome;
      }
      throw new SignetError('in-use', 'The access key is being changed by others. Try again.');
    },

    async remove(principal, id, request) {
      const atMs = clock();
      const event = describeAct({ principal, atMs, request }, 'access-key.delete', id, {});
      const outcome = await store.deleteAccessKey(id, accessOf(principal, atMs), event);
      if (outcome === 'not-found') throw notFound();
      if (outcome === 'other-policy') throw otherPolicy();
    },
  };
}

function describeChanges(changes: AccessKeyChanges): AuditEvent['detail'] {
  const { name, scopes, enabled, expiresAtSeconds, policyId } = changes;
  return {
    ...(name === undefined ? {} : { name }),
    ...(scopes === undefined ? {} : { scopes: scopes.join(' ') }),
    ...(enabled === undefined ? {} : { enabled: String(enabled) }),
    ...(expiresAtSeconds === undefined ? {} : { expiresAtSeconds: expiresAtSeconds ?? 'never' }),
    ...(policyId === undefined ? {} : { policy: policyId ?? 'none' }),
  };
}

function scopesExceeded(): SignetError {
  return new SignetError('forbidden', 'An access key can only grant scopes that it holds itself.', {
    field: 'scopes',
  });
}

function notFound(): SignetError {
  return new SignetError('access-key-not-found', 'There is no access key with this id.');
}

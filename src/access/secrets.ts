import { encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';
import { requireGranted, requireLive } from './grant.ts';
import type { Identity } from './identity.ts';
import type { Principal } from './principal.ts';
import { createRecentCache } from './recent-cache.ts';
import { coversScope, type Scope } from './scopes.ts';
import type { AccessKeySecretStore, AccessKeyTerms } from './store.ts';

/** The secret of an access key, to verify a request with. */
export interface FoundSecret {
  /**
   * The account of the key, or null if the key does not exist. `secret` is then a random one: the
   * caller does the same work with it and refuses the request.
   */
  readonly accountId: string | null;
  readonly secret: Uint8Array;
  /** Whether it is the root access key from the configuration, which needs no grant. */
  readonly root: boolean;
}

export interface AccessKeySecrets {
  /** The id of the root access key, or null if none is configured. */
  readonly rootAccessKeyId: string | null;
  /** Takes as long for an unknown id as for a known one. @throws SignetError record-unavailable, sealing-unavailable */
  findSecret(accessKeyId: string): Promise<FoundSecret>;
  /**
   * Returns the principal for an operation that needs the scope. The sealed terms of the key must
   * permit it. The operation checks the row again in its own query, which can only refuse more.
   * @throws SignetError unknown-access-key, access-key-disabled, access-key-expired, forbidden,
   *   record-unavailable, sealing-unavailable
   */
  permit(identity: Identity, scope: Scope): Promise<Principal>;
  /**
   * Returns the scopes and the policy that a key has now, to be shown.
   * @throws SignetError unknown-access-key, access-key-disabled, access-key-expired, record-unavailable,
   *   sealing-unavailable
   */
  readTerms(identity: Identity): Promise<Pick<AccessKeyTerms, 'scopes' | 'policyId'>>;
  /**
   * Tells whether the sealed terms of the key that the principal acts by cover all scopes. It is true
   * for a principal without a key.
   * @throws SignetError record-unavailable, sealing-unavailable
   */
  holdsAll(principal: Principal, scopes: readonly string[]): Promise<boolean>;
  /**
   * Returns the principal with the policy that its key has now: terms in memory may be outdated. An
   * operation that the policy could forbid, but whose query does not check it, calls this first.
   * @throws SignetError unknown-access-key, record-unavailable, sealing-unavailable
   */
  refresh(principal: Principal): Promise<Principal>;
  /** Writes the time of the last use, at most once an hour. Call it after the response. */
  noteUse(accessKeyId: string): Promise<void>;
}

export interface SecretDependencies {
  readonly store: Pick<AccessKeySecretStore, 'findSealedSecret' | 'noteUse'>;
  readonly sealer: Sealer;
  readonly rootAccessKey: { readonly id: string; readonly secret: string } | null;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
}

const MAX_CACHED = 1000;
const USE_INTERVAL_SECONDS = 3600;
const SECRET_BYTES = 40;
/** No id is longer. */
const MAX_ID_CHARACTERS = 64;
/** The record id that a substitute for a missing secret is sealed under. No access key has it. */
const NO_RECORD_ID = 'access-key:';

/**
 * Returns the record id that an access key's secret is sealed under. It names everything that gives
 * the key power, so the secret does not open in a row that another program changed.
 * `SEALED_ACCESS_KEY_SQL` builds the same text.
 */
export function secretRecordId(terms: AccessKeyTerms): string {
  const { id, accountId, enabled, expiresAtSeconds, scopes, policyId } = terms;
  const policy = policyId === null ? '' : `:${policyId}`;
  return `access-key:${id}:${accountId}:${enabled ? 1 : 0}:${expiresAtSeconds ?? ''}:${JSON.stringify(scopes)}${policy}`;
}

interface OpenedKey {
  readonly found: FoundSecret;
  /** The terms that the secret was sealed with; null for an unknown id. */
  readonly terms: AccessKeyTerms | null;
}

/**
 * Caches the unsealed secret and the terms of access keys. Unknown ids have a cache of the same size,
 * so that a repeated lookup takes as long for them as for known ids. Terms may be outdated: if they
 * do not suffice, the row is read and unsealed again.
 */
export function createAccessKeySecrets(dependencies: SecretDependencies): AccessKeySecrets {
  const { store, sealer, rootAccessKey, clock, randomBytes } = dependencies;
  const known = createRecentCache<OpenedKey>(MAX_CACHED);
  const unknown = createRecentCache<OpenedKey>(MAX_CACHED);
  const lastUses = createRecentCache<number>(MAX_CACHED);
  const rootSecret: FoundSecret | null =
    rootAccessKey === null
      ? null
      : { accountId: 'root', secret: encodeUtf8(rootAccessKey.secret), root: true };
  let substitute: string | null = null;

  async function openKey(accessKeyId: string): Promise<OpenedKey> {
    substitute ??= await sealer.seal(NO_RECORD_ID, randomBytes(SECRET_BYTES));
    const record = await store.findSealedSecret(accessKeyId);
    const secret = await sealer.open(
      record === null ? NO_RECORD_ID : secretRecordId(record.terms),
      record?.sealedSecret ?? substitute,
    );
    const terms = record?.terms ?? null;
    const opened = { found: { accountId: terms?.accountId ?? null, secret, root: false }, terms };
    known.delete(accessKeyId);
    (terms === null ? unknown : known).set(accessKeyId, opened);
    return opened;
  }

  /** Returns terms that suffice if there are any: those in memory, or else those of the database. */
  async function findTerms(
    accessKeyId: string,
    suffice: (terms: AccessKeyTerms) => boolean,
  ): Promise<AccessKeyTerms | null> {
    const cached = known.get(accessKeyId)?.terms ?? null;
    return cached !== null && suffice(cached) ? cached : (await openKey(accessKeyId)).terms;
  }

  const hasExpired = ({ expiresAtSeconds }: AccessKeyTerms) =>
    expiresAtSeconds !== null && expiresAtSeconds * 1000 <= clock();

  return {
    rootAccessKeyId: rootAccessKey?.id ?? null,

    async findSecret(accessKeyId) {
      if (rootSecret !== null && accessKeyId === rootAccessKey?.id) return rootSecret;
      const id = accessKeyId.slice(0, MAX_ID_CHARACTERS + 1);
      return (known.get(id) ?? unknown.get(id) ?? (await openKey(id))).found;
    },

    async permit({ accessKeyId, accountId, root }, scope) {
      if (root) return { accountId, actor: accessKeyId, grant: null, policyId: null };
      const grant = { accessKeyId, scope };
      const stateOf = (terms: AccessKeyTerms) => ({
        enabled: terms.enabled,
        expired: hasExpired(terms),
        covered: terms.scopes.some((held) => coversScope(held, scope)),
      });
      const terms = await findTerms(accessKeyId, (known) => {
        const { enabled, expired, covered } = stateOf(known);
        return enabled && !expired && covered;
      });
      requireGranted(grant, terms?.accountId === accountId ? stateOf(terms) : null);
      return { accountId, actor: accessKeyId, grant, policyId: terms?.policyId ?? null };
    },

    async readTerms({ accessKeyId, root }) {
      if (root) return { scopes: ['*'], policyId: null };
      const { terms } = await openKey(accessKeyId);
      requireLive(terms === null ? null : { ...terms, expired: hasExpired(terms) });
      return { scopes: terms?.scopes ?? [], policyId: terms?.policyId ?? null };
    },

    async holdsAll({ grant }, scopes) {
      if (grant === null) return true;
      const covers = (terms: AccessKeyTerms) =>
        scopes.every((wanted) => terms.scopes.some((held) => coversScope(held, wanted)));
      const terms = await findTerms(grant.accessKeyId, covers);
      return terms !== null && covers(terms);
    },

    async refresh(principal) {
      const { grant } = principal;
      if (grant === null) return principal;
      const { terms } = await openKey(grant.accessKeyId);
      if (terms === null) {
        throw new SignetError('unknown-access-key', 'The access key was deleted.');
      }
      return { ...principal, policyId: terms.policyId };
    },

    async noteUse(accessKeyId) {
      const nowSeconds = Math.floor(clock() / 1000);
      const dueSeconds = nowSeconds - USE_INTERVAL_SECONDS;
      if ((lastUses.get(accessKeyId) ?? 0) > dueSeconds) return;
      lastUses.set(accessKeyId, nowSeconds);
      await store.noteUse(accessKeyId, nowSeconds, dueSeconds);
    },
  };
}

import { encodeUtf8 } from '../bytes.ts';
import type { Sealer } from '../keys/sealing.ts';
import type { AccessKeySecretStore } from './store.ts';

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

/** Returns the record id that an access key's secret is sealed under. */
export function secretRecordId(accessKeyId: string): string {
  return `access-key:${accessKeyId}`;
}

/**
 * Caches the unsealed secret and the account of access keys. Unknown ids have a cache of the same
 * size, so that a repeated lookup takes as long for them as for known ids.
 */
export function createAccessKeySecrets(dependencies: SecretDependencies): AccessKeySecrets {
  const { store, sealer, rootAccessKey, clock, randomBytes } = dependencies;
  const known = createCache<FoundSecret>(MAX_CACHED);
  const unknown = createCache<FoundSecret>(MAX_CACHED);
  const lastUses = createCache<number>(MAX_CACHED);
  const rootSecret: FoundSecret | null =
    rootAccessKey === null
      ? null
      : { accountId: 'root', secret: encodeUtf8(rootAccessKey.secret), root: true };
  let substitute: string | null = null;

  async function openSecret(accessKeyId: string): Promise<FoundSecret> {
    substitute ??= await sealer.seal(NO_RECORD_ID, randomBytes(SECRET_BYTES));
    const record = await store.findSealedSecret(accessKeyId);
    const secret = await sealer.open(
      record === null ? NO_RECORD_ID : secretRecordId(accessKeyId),
      record?.sealedSecret ?? substitute,
    );
    return { accountId: record?.accountId ?? null, secret, root: false };
  }

  return {
    rootAccessKeyId: rootAccessKey?.id ?? null,

    async findSecret(accessKeyId) {
      if (rootSecret !== null && accessKeyId === rootAccessKey?.id) return rootSecret;
      const id = accessKeyId.slice(0, MAX_ID_CHARACTERS + 1);
      const cached = known.get(id) ?? unknown.get(id);
      if (cached !== undefined) return cached;
      const found = await openSecret(id);
      (found.accountId === null ? unknown : known).set(id, found);
      return found;
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

interface Cache<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
}

/** A cache of the most recently used entries, by the insertion order of Map. */
function createCache<T>(limit: number): Cache<T> {
  const entries = new Map<string, T>();
  function set(key: string, value: T): void {
    entries.delete(key);
    entries.set(key, value);
    const [oldest] = entries.keys();
    if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
  }
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
    set,
  };
}

import { concatBytes, encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';

/**
 * Encrypts secrets for the database. Each secret has its own AES-256-GCM data key, which a
 * SEALING_KEY wraps. The record's id is associated data of both, so a sealed text does not open in
 * another record. A sealed text is `v{version}.{wrapped data key}.{encrypted secret}`.
 */
export interface Sealer {
  /** The version of the key that seals; null if no SEALING_KEY is set. */
  readonly version: number | null;
  /** @throws SignetError sealing-unavailable if no SEALING_KEY is set: secrets are never stored plain */
  seal(recordId: string, plaintext: Uint8Array): Promise<string>;
  /** @throws SignetError sealing-unavailable if the key of its version is missing or does not fit */
  open(recordId: string, sealed: string): Promise<Uint8Array>;
  /**
   * Seals the same secret with the highest key version by wrapping its data key again. Returns null
   * if it already has that version.
   * @throws SignetError sealing-unavailable
   */
  reseal(recordId: string, sealed: string): Promise<string | null>;
}

const DATA_KEY_BYTES = 32;
/** Random, 96 bits (NIST SP 800-38D section 8.2.2). Each key encrypts far fewer than 2^32 texts. */
const IV_BYTES = 12;

/** @param keys 32 bytes each, by version */
export function createSealer(keys: ReadonlyMap<number, Uint8Array>): Sealer {
  const version = keys.size === 0 ? null : Math.max(...keys.keys());
  const imported = new Map<number, CryptoKey>();

  async function findWrappingKey(wanted: number | null): Promise<CryptoKey> {
    const bytes = wanted === null ? undefined : keys.get(wanted);
    if (wanted === null || bytes === undefined) {
      throw unavailable(
        wanted === null ? 'SEALING_KEY is not set' : `version ${wanted} of SEALING_KEY is not set`,
      );
    }
    const known = imported.get(wanted);
    if (known !== undefined) return known;
    const key = await importKey(bytes);
    imported.set(wanted, key);
    return key;
  }

  async function wrap(recordId: string, dataKey: Uint8Array): Promise<string> {
    const wrapped = await encrypt(await findWrappingKey(version), label(recordId, 'key'), dataKey);
    return `v${version}.${encode(wrapped)}`;
  }

  async function unwrap(recordId: string, parts: SealedParts): Promise<Uint8Array> {
    return decrypt(await findWrappingKey(parts.version), label(recordId, 'key'), parts.wrapped);
  }

  return {
    version,

    async seal(recordId, plaintext) {
      const dataKey = crypto.getRandomValues(new Uint8Array(DATA_KEY_BYTES));
      const wrapped = await wrap(recordId, dataKey);
      const sealed = await encrypt(await importKey(dataKey), label(recordId, 'text'), plaintext);
      return `${wrapped}.${encode(sealed)}`;
    },

    async open(recordId, sealed) {
      const parts = readParts(sealed);
      const dataKey = await importKey(await unwrap(recordId, parts));
      return decrypt(dataKey, label(recordId, 'text'), parts.sealed);
    },

    async reseal(recordId, sealed) {
      const parts = readParts(sealed);
      if (parts.version === version) return null;
      return `${await wrap(recordId, await unwrap(recordId, parts))}.${encode(parts.sealed)}`;
    },
  };
}

interface SealedParts {
  readonly version: number;
  readonly wrapped: Uint8Array;
  readonly sealed: Uint8Array;
}

function readParts(text: string): SealedParts {
  const [, version, wrapped, sealed] = /^v(\d{1,4})\.([\w-]+)\.([\w-]+)$/.exec(text) ?? [];
  if (version === undefined || wrapped === undefined || sealed === undefined) {
    throw unavailable('a sealed text is malformed');
  }
  return { version: Number(version), wrapped: decode(wrapped), sealed: decode(sealed) };
}

function label(recordId: string, part: 'key' | 'text'): Uint8Array {
  return encodeUtf8(`signet:${part}:${recordId}`);
}

function importKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

async function encrypt(
  key: CryptoKey,
  additionalData: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData },
    key,
    plaintext,
  );
  return concatBytes(iv, new Uint8Array(sealed));
}

async function decrypt(
  key: CryptoKey,
  additionalData: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array> {
  const iv = sealed.subarray(0, IV_BYTES);
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv, additionalData },
        key,
        sealed.subarray(IV_BYTES),
      ),
    );
  } catch (error) {
    throw unavailable(
      'a sealed text does not open: it was changed, copied to another record or sealed with another key',
      error,
    );
  }
}

function encode(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

function decode(text: string): Uint8Array {
  return Uint8Array.fromBase64(text, { alphabet: 'base64url' });
}

function unavailable(cause: string, error?: unknown): SignetError {
  return new SignetError(
    'sealing-unavailable',
    'Stored secrets cannot be sealed or opened now. The log tells the operator why.',
    { cause: error === undefined ? cause : new Error(cause, { cause: error }) },
  );
}

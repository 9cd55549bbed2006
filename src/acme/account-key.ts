import { SignetError } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import { computeThumbprint, encodeJwk, parseJwk } from '../x509/keys/jwk.ts';
import { type PublicKey, parsePublicKey } from '../x509/keys/public-key.ts';
import { AcmeError } from './acme-error.ts';

/** The key that signs the requests of an account. */
export interface AccountKey {
  readonly key: PublicKey;
  /** RFC 7638 with SHA-256, in base64url: a part of key authorizations (RFC 8555 section 8.1). */
  readonly thumbprint: string;
}

/**
 * Reads the key of a new account, or the one that replaces an account's key.
 * @throws AcmeError bad-public-key
 */
export async function readAccountKey(jwk: Readonly<Record<string, unknown>>): Promise<AccountKey> {
  try {
    const key = parseJwk(jwk);
    checkPublicKey(key);
    return await describeKey(key);
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    throw new AcmeError('bad-public-key', error.message, { field: 'jwk', cause: error });
  }
}

/** Reads a key that was accepted before. */
export function openAccountKey(spkiDer: Uint8Array): Promise<AccountKey> {
  return describeKey(parsePublicKey(spkiDer));
}

async function describeKey(key: PublicKey): Promise<AccountKey> {
  const jwk = encodeJwk(key);
  if (jwk === null) throw new TypeError('the account key has a compressed point');
  return { key, thumbprint: await computeThumbprint(jwk) };
}

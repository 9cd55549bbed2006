import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { encodePem } from '../asn1/pem.ts';
import type { Config } from '../config.ts';
import { SignetError } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import type { Sealer } from '../keys/sealing.ts';
import { importSigner, type Signer } from '../keys/signer.ts';
import type { AuthorityRecord } from './store.ts';

export const SEALED = 'sealed';

export interface KeyDependencies {
  readonly config: Pick<Config, 'caKeyPem' | 'caKeyPems'>;
  readonly sealer: Sealer;
}

/**
 * Opens the key of an authority from the secret or the sealed text that its record names.
 * A secret is the key of the account root only: others cannot name one.
 * @throws Error with a message for the operator only, or SignetError
 */
export async function openKey(
  dependencies: KeyDependencies,
  record: Pick<AuthorityRecord, 'generationId' | 'accountId' | 'keySource' | 'sealedKey'>,
): Promise<Signer> {
  const { generationId, accountId, keySource, sealedKey } = record;
  if (sealedKey === null) {
    if (accountId !== ROOT_ACCOUNT_ID) {
      throw new SecretKeyError(
        `the authority of the account ${accountId} names a secret as its key`,
      );
    }
    return openSecretKey(dependencies.config, keySource);
  }
  const pkcs8Der = await dependencies.sealer.open(
    sealingRecordId(generationId, accountId),
    sealedKey,
  );
  return importSigner(encodePem('PRIVATE KEY', pkcs8Der));
}

/** The record id that the sealed key of an authority is bound to. The account's certificates are issued with it. */
export function sealingRecordId(authorityId: string, accountId: string): string {
  return `authority:${authorityId}:${accountId}`;
}

/**
 * @param keySource `secret:CA_KEY` or `secret:CA_KEY_…`
 * @throws SecretKeyError naming the secret, for the operator
 */
export async function openSecretKey(
  { caKeyPem, caKeyPems }: KeyDependencies['config'],
  keySource: string,
): Promise<Signer> {
  const name = keySource.replace(/^secret:/, '');
  const pem = name === 'CA_KEY' ? caKeyPem : (caKeyPems.get(name) ?? null);
  if (pem === null) throw new SecretKeyError(`${name} is not set`);
  try {
    const signer = await importSigner(pem);
    checkPublicKey(signer.publicKey);
    return signer;
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    throw new SecretKeyError(`${name}: ${error.message}`, { cause: error });
  }
}

/** A secret is missing or does not contain a usable key. */
export class SecretKeyError extends Error {
  override readonly name = 'SecretKeyError';
}

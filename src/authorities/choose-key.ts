import { encodePem } from '../asn1/pem.ts';
import { SignetError } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import { generatePrivateKey } from '../keys/generate-key.ts';
import { importSigner, type Signer } from '../keys/signer.ts';
import { decodePrivateKeyPem } from '../x509/keys/pkcs8.ts';
import { publicKeyId } from '../x509/keys/public-key.ts';
import {
  type KeyDependencies,
  openSecretKey,
  SEALED,
  SecretKeyError,
  sealingRecordId,
} from './open-key.ts';
import type { AuthorityRecord } from './store.ts';

/** The source of a new private key. */
export type KeyChoice =
  /** Generated here and sealed. */
  | { readonly kind: 'generate'; readonly algorithm: string }
  /** Uploaded in PEM and sealed. */
  | { readonly kind: 'given'; readonly privateKeyPem: string }
  /** The secret with that name, CA_KEY_… */
  | { readonly kind: 'secret'; readonly secretName: string };

export interface ChosenKey extends Pick<AuthorityRecord, 'keySource' | 'sealedKey'> {
  readonly signer: Signer;
  readonly publicKeyIdHex: string;
}

/**
 * Generates or reads the private key for an authority of an account. It cannot be exported from the signer.
 * @throws SignetError invalid-parameter, malformed-key, weak-key; sealing-unavailable without a
 *   SEALING_KEY
 */
export async function chooseKey(
  dependencies: KeyDependencies,
  { id, accountId }: { readonly id: string; readonly accountId: string },
  choice: KeyChoice,
): Promise<ChosenKey> {
  if (choice.kind === 'secret') return openNamedSecret(dependencies, choice.secretName);
  const pkcs8Der =
    choice.kind === 'generate'
      ? await generatePrivateKey(choice.algorithm)
      : (await decodePrivateKeyPem(choice.privateKeyPem)).pkcs8Der;
  const signer = await importSigner(encodePem('PRIVATE KEY', pkcs8Der));
  checkPublicKey(signer.publicKey);
  return {
    keySource: SEALED,
    sealedKey: await dependencies.sealer.seal(sealingRecordId(id, accountId), pkcs8Der),
    signer,
    publicKeyIdHex: await publicKeyId(signer.publicKey),
  };
}

async function openNamedSecret(
  { config }: KeyDependencies,
  secretName: string,
): Promise<ChosenKey> {
  const keySource = `secret:${secretName}`;
  try {
    if (!/^CA_KEY_/.test(secretName)) throw new SecretKeyError('not a CA key');
    const signer = await openSecretKey(config, keySource);
    return {
      keySource,
      sealedKey: null,
      signer,
      publicKeyIdHex: await publicKeyId(signer.publicKey),
    };
  } catch (error) {
    if (!(error instanceof SecretKeyError)) throw error;
    throw new SignetError(
      'invalid-parameter',
      "'keySource' must be secret:CA_KEY_… with the name of a secret that is set and holds a private key in PEM.",
      { field: 'keySource', cause: error },
    );
  }
}

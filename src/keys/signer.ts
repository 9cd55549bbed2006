import { SignetError } from '../errors.ts';
import {
  encodeSignatureAlgorithm,
  type SignatureAlgorithm,
  signatureAlgorithmForKey,
  webCryptoImportParameters,
  webCryptoSignParameters,
} from '../x509/keys/algorithms.ts';
import { encodeEcdsaSignature } from '../x509/keys/ecdsa-signature.ts';
import { decodePrivateKeyPem } from '../x509/keys/pkcs8.ts';
import { type PublicKey, parsePublicKey } from '../x509/keys/public-key.ts';

/** A private key that signs, with its public key and algorithm. It cannot be exported. */
export interface Signer {
  readonly publicKey: PublicKey;
  readonly signatureAlgorithmDer: Uint8Array;
  /**
   * Signs `bytes`. Returns the signature in X.509's form (for ECDSA the DER of Ecdsa-Sig-Value).
   */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/**
 * Imports a private key for signing.
 * @param pem PKCS#8, SEC1 or PKCS#1
 * @throws SignetError malformed-key
 */
export async function importSigner(pem: string): Promise<Signer> {
  const { pkcs8Der, kind, namedCurve } = await decodePrivateKeyPem(pem);
  const algorithm = signatureAlgorithmForKey(kind, namedCurve);
  const importParameters = webCryptoImportParameters(algorithm, { namedCurve });
  const key = await crypto.subtle
    .importKey('pkcs8', pkcs8Der, importParameters, false, ['sign'])
    .catch((cause: unknown) => {
      throw new SignetError(
        'malformed-key',
        'The private key is well-formed, but its numbers are not a valid key. Export it again.',
        { field: 'privateKey', cause },
      );
    });
  const spkiDer = await derivePublicKey(pkcs8Der, importParameters);
  return createSigner(key, algorithm, parsePublicKey(spkiDer));
}

function createSigner(key: CryptoKey, algorithm: SignatureAlgorithm, publicKey: PublicKey): Signer {
  const parameters = webCryptoSignParameters(algorithm);
  return {
    publicKey,
    signatureAlgorithmDer: encodeSignatureAlgorithm(algorithm),
    async sign(bytes) {
      const signature = new Uint8Array(await crypto.subtle.sign(parameters, key, bytes));
      return algorithm.keyKind === 'ec' ? encodeEcdsaSignature(signature) : signature;
    },
  };
}

/**
 * Returns the SPKI of a private key. PKCS#8 may lack the public key, so the platform derives it.
 * This needs an extractable copy of the private key, used only here.
 */
async function derivePublicKey(
  pkcs8Der: Uint8Array<ArrayBuffer>,
  parameters: ReturnType<typeof webCryptoImportParameters>,
): Promise<Uint8Array> {
  const copy = await crypto.subtle.importKey('pkcs8', pkcs8Der, parameters, true, ['sign']);
  const { kty, crv, x, y, n, e } = await exportJwk(copy);
  const publicJwk = Object.fromEntries(
    Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined),
  );
  const publicKey = await crypto.subtle.importKey('jwk', { kty, ...publicJwk }, parameters, true, [
    'verify',
  ]);
  const spki = await crypto.subtle.exportKey('spki', publicKey);
  if (!(spki instanceof ArrayBuffer)) throw new TypeError('spki export is not bytes');
  return new Uint8Array(spki);
}

async function exportJwk(key: CryptoKey): Promise<JsonWebKey> {
  const jwk = await crypto.subtle.exportKey('jwk', key);
  if (jwk instanceof ArrayBuffer) throw new TypeError('jwk export is not an object');
  return jwk;
}

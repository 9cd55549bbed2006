import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import jwks from './test-keys.json' with { type: 'json' };

/** Keys that sign the fuzzer's inputs. They never change, so that findings can be repeated. */
export interface TestKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly spkiDer: Uint8Array;
  readonly jwk: JsonWebKey;
}

function makeKey(jwk: JsonWebKey): TestKey {
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const publicKey = createPublicKey(privateKey);
  return {
    privateKey,
    publicKey,
    spkiDer: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
    jwk: publicKey.export({ format: 'jwk' }),
  };
}

export const TEST_KEYS = {
  p256: makeKey(jwks.p256),
  p384: makeKey(jwks.p384),
  p521: makeKey(jwks.p521),
  ed25519: makeKey(jwks.ed25519),
  rsa: makeKey(jwks.rsa),
} as const;

import { DerError } from '../asn1/der.ts';
import { bytesToBigInt, equalBytes } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import { CURVES, type NamedCurve } from '../x509/keys/algorithms.ts';
import type { DecodedPrivateKey } from '../x509/keys/pkcs8.ts';
import type { PublicKey } from '../x509/keys/public-key.ts';
import { readRsaPrivateNumbers } from '../x509/keys/rsa-private-key.ts';

/**
 * Returns whether a private key matches a public key; both may be weak. RSA keys are compared by
 * modulus and exponent, others by the public key that the platform derives.
 * @throws SignetError malformed-key if the numbers of the private key are inconsistent
 */
export async function matchesPrivateKey(
  privateKey: DecodedPrivateKey,
  publicKey: PublicKey,
): Promise<boolean> {
  switch (privateKey.kind) {
    case 'rsa':
      return matchesRsa(privateKey, publicKey);
    case 'ec':
      return matchesEc(privateKey, publicKey);
    case 'ed25519': {
      const { x } = await exportPublicJwk(privateKey.pkcs8Der, { name: 'Ed25519' });
      return publicKey.kind === 'ed25519' && equalBytes(decodeField(x), publicKey.subjectPublicKey);
    }
  }
}

function matchesRsa({ pkcs8Der, pssOnly }: DecodedPrivateKey, publicKey: PublicKey): boolean {
  const { modulus, publicExponent, isConsistent } = readNumbers(pkcs8Der);
  if (!isConsistent) throw malformed();
  return (
    publicKey.kind === 'rsa' &&
    // A key for PSS alone cannot do all that an rsaEncryption certificate promises.
    (publicKey.pssOnly || !pssOnly) &&
    bytesToBigInt(publicKey.modulus) === modulus &&
    bytesToBigInt(publicKey.publicExponent) === publicExponent
  );
}

function readNumbers(pkcs8Der: Uint8Array): ReturnType<typeof readRsaPrivateNumbers> {
  try {
    return readRsaPrivateNumbers(pkcs8Der);
  } catch (error) {
    if (error instanceof DerError) throw malformed(error);
    throw error;
  }
}

async function matchesEc(
  { pkcs8Der, namedCurve }: DecodedPrivateKey,
  publicKey: PublicKey,
): Promise<boolean> {
  if (namedCurve === null) throw malformed();
  const { x, y } = await exportPublicJwk(pkcs8Der, { name: 'ECDSA', namedCurve });
  if (publicKey.kind !== 'ec' || publicKey.namedCurve !== namedCurve) return false;
  return equalBytes(
    encodePoint(namedCurve, publicKey.subjectPublicKey[0], decodeField(x), decodeField(y)),
    publicKey.subjectPublicKey,
  );
}

/** Encodes a point (SEC 1 section 2.3.3) in the form of `form`, the first byte: 2 or 3 is compressed. */
function encodePoint(
  namedCurve: NamedCurve,
  form: number | undefined,
  x: Uint8Array,
  y: Uint8Array,
): Uint8Array {
  const length = CURVES.find((curve) => curve.namedCurve === namedCurve)?.coordinateBytes ?? 0;
  const isCompressed = form === 2 || form === 3;
  const point = new Uint8Array(1 + (isCompressed ? length : 2 * length));
  point[0] = isCompressed ? 2 + ((y.at(-1) ?? 0) & 1) : 4;
  point.set(x, 1 + length - x.length);
  if (!isCompressed) point.set(y, 1 + 2 * length - y.length);
  return point;
}

/** Derives the public key. This needs an extractable copy of the private key, used only here. */
async function exportPublicJwk(
  pkcs8Der: Uint8Array<ArrayBuffer>,
  algorithm: { readonly name: string; readonly namedCurve?: NamedCurve },
): Promise<Pick<JsonWebKey, 'x' | 'y'>> {
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey('pkcs8', pkcs8Der, algorithm, true, ['sign']);
  } catch (error) {
    throw malformed(error);
  }
  const jwk = await crypto.subtle.exportKey('jwk', key);
  if (jwk instanceof ArrayBuffer) throw new TypeError('jwk export is not an object');
  return jwk;
}

function decodeField(text: string | undefined): Uint8Array {
  return Uint8Array.fromBase64(text ?? '', { alphabet: 'base64url' });
}

function malformed(cause?: unknown): SignetError {
  return new SignetError(
    'malformed-key',
    'The private key is damaged: its numbers are inconsistent. Export it again.',
    { field: 'privateKey', ...(cause === undefined ? {} : { cause }) },
  );
}

import { decodeUtf8, encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import { CURVES, HASHES, type Hash, SIGNATURE_ALGORITHMS } from '../x509/keys/algorithms.ts';
import { encodeEcdsaSignature } from '../x509/keys/ecdsa-signature.ts';
import { isJwkOf } from '../x509/keys/jwk.ts';
import type { PublicKey } from '../x509/keys/public-key.ts';
import { type NamedSignatureAlgorithm, verifySignature } from '../x509/keys/verify-signature.ts';

/** A flattened JWS (RFC 7515 section 7.2.2). Each member is base64url without padding. */
export interface FlattenedJws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

/** The parameters of a protected header that are used here. */
export interface JwsHeader {
  readonly alg: string;
  readonly url: string;
  readonly jwk: Readonly<Record<string, unknown>> | null;
  readonly kid: string | null;
  readonly nonce: string | null;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads the protected header.
 * @throws SignetError malformed-request if it is malformed or names a critical extension
 */
export function readJwsHeader(jws: FlattenedJws): JwsHeader {
  const header = readJwsObject(jws, 'protected');
  // RFC 7515 section 4.1.11: a critical extension must be understood, and none is supported.
  if (Object.hasOwn(header, 'crit')) {
    throw malformed('protected', "has critical extensions ('crit'), and none is supported");
  }
  const { alg, url, jwk, kid = null, nonce = null } = header;
  if (typeof alg !== 'string') throw malformed('protected', "has no string 'alg'");
  if (typeof url !== 'string') throw malformed('protected', "has no string 'url'");
  if (jwk !== undefined && !isJsonObject(jwk)) {
    throw malformed('protected', "has a 'jwk' that is not an object");
  }
  if (kid !== null && typeof kid !== 'string')
    throw malformed('protected', "has a 'kid' that is not a string");
  if (nonce !== null && typeof nonce !== 'string') {
    throw malformed('protected', "has a 'nonce' that is not a string");
  }
  return { alg, url, jwk: jwk ?? null, kid, nonce };
}

/**
 * Decodes a member that is a JSON object in base64url.
 * @throws SignetError malformed-request if it is anything else
 */
export function readJwsObject(jws: FlattenedJws, member: 'protected' | 'payload'): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(decodeBase64url(jws[member], member)) ?? '');
  } catch (error) {
    if (error instanceof SignetError) throw error;
    throw malformed(member, 'is not JSON in UTF-8');
  }
  if (!isJsonObject(value)) throw malformed(member, 'is not a JSON object');
  return value;
}

/**
 * Decodes base64url. Padding, white space and unused bits that are not 0 are refused.
 * @throws SignetError malformed-request
 */
export function decodeBase64url(text: string, field: string): Uint8Array {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: 'base64url' });
    if (bytes.toBase64({ alphabet: 'base64url', omitPadding: true }) === text) return bytes;
  } catch {
    // Reported below.
  }
  throw malformed(field, 'is not base64url without padding');
}

/**
 * Verifies the signature with `key`.
 * @throws SignetError invalid-signature; unsupported-algorithm if `alg` does not fit the key
 */
export async function verifyJws(
  key: PublicKey,
  { alg, jwk }: JwsHeader,
  jws: FlattenedJws,
): Promise<void> {
  const algorithm = findAlgorithm(key, alg);
  if (jwk !== null && !isJwkOf(jwk, key)) {
    throw new SignetError(
      'invalid-signature',
      "The 'jwk' in the protected header is a different public key. Leave it out or send the key that the JWS must be signed with.",
      { field: 'protected' },
    );
  }
  const signature = toX509Form(key, decodeBase64url(jws.signature, 'signature'));
  const signed = encodeUtf8(`${jws.protected}.${jws.payload}`);
  if (signature !== null && (await verify(key, algorithm, signed, signature))) return;
  throw new SignetError(
    'invalid-signature',
    'The signature of the JWS does not verify. Sign it with the private key that matches the public key.',
    { field: 'signature' },
  );
}

async function verify(...of: Parameters<typeof verifySignature>): Promise<boolean> {
  try {
    return await verifySignature(...of);
  } catch (error) {
    if (error instanceof SignetError) throw error;
    // An imported certificate may have a key that the platform does not support.
    throw new SignetError(
      'unsupported-algorithm',
      'Signatures by this public key cannot be verified: its algorithm or size is not supported.',
      { cause: error },
    );
  }
}

const CURVE_OF: Readonly<Record<string, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
};

/** RFC 7518 section 3.1 and RFC 8037 section 3.1. */
function findAlgorithm(key: PublicKey, alg: string): NamedSignatureAlgorithm {
  const [, family = '', digits = ''] = /^(ES|RS|PS|EdDSA)(256|384|512)?$/.exec(alg) ?? [];
  const hash = HASHES.find((known) => known.hash === `SHA-${digits}`);
  const isOfKey =
    key.kind === 'ec'
      ? CURVE_OF[alg] === key.namedCurve
      : key.kind === 'ed25519'
        ? alg === 'EdDSA'
        : (family === 'RS' && !key.pssOnly) || family === 'PS';
  const algorithm = SIGNATURE_ALGORITHMS.find(
    (known) =>
      known.keyKind === key.kind &&
      (known.parameters === 'pss') === (family === 'PS') &&
      known.hash === hashIn(family, hash?.hash),
  );
  if (isOfKey && algorithm !== undefined && (key.kind === 'ed25519') === (hash === undefined)) {
    const isPss = family === 'PS' && hash !== undefined;
    return { algorithm, pss: isPss ? { hash: hash.hash, saltLength: hash.bytes } : null };
  }
  throw new SignetError(
    'unsupported-algorithm',
    "'alg' does not fit the key. Use ES256 for P-256, ES384 for P-384, ES512 for P-521, RS256 to RS512 or PS256 to PS512 for RSA, EdDSA for Ed25519.",
    { field: 'protected' },
  );
}

/** SIGNATURE_ALGORITHMS lists no hash for PSS (its parameters name it) and Ed25519 (which fixes it). */
function hashIn(family: string, hash: Hash | undefined): Hash | null {
  return family === 'PS' || hash === undefined ? null : hash;
}

/**
 * Converts a signature to X.509's form. A JWS has ECDSA signatures as r || s, each as long as a
 * coordinate (RFC 7518 section 3.4); returns null for any other length.
 */
function toX509Form(key: PublicKey, signature: Uint8Array): Uint8Array | null {
  if (key.kind !== 'ec') return signature;
  const curve = CURVES.find(({ namedCurve }) => namedCurve === key.namedCurve);
  if (signature.length !== 2 * (curve?.coordinateBytes ?? 0)) return null;
  return encodeEcdsaSignature(signature);
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(field: string, what: string): SignetError {
  return new SignetError('malformed-request', `The JWS member '${field}' ${what}.`, { field });
}

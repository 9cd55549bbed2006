import {
  encodeBitString,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  encodeUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';
import { encodeUtf8 } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import { CURVES, KEY_OID } from './algorithms.ts';
import { type PublicKey, parsePublicKey } from './public-key.ts';

/** The members of a JSON Web Key that define a public key (RFC 7518 section 6, RFC 8037). */
export type PublicJwk = Readonly<Record<string, string>>;

/** Returns the JWK without other members, such as `kid`; null for a compressed EC point. */
export function encodeJwk(key: PublicKey): PublicJwk | null {
  switch (key.kind) {
    case 'rsa':
      return {
        kty: 'RSA',
        n: encodeBase64url(key.modulus),
        e: encodeBase64url(key.publicExponent),
      };
    case 'ed25519':
      return { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(key.subjectPublicKey) };
    case 'ec': {
      const [form, ...point] = key.subjectPublicKey;
      const bytes = CURVES.find(({ namedCurve }) => namedCurve === key.namedCurve)?.coordinateBytes;
      if (form !== 0x04 || bytes === undefined || point.length !== 2 * bytes) return null;
      return {
        kty: 'EC',
        crv: key.namedCurve,
        x: encodeBase64url(Uint8Array.from(point.slice(0, bytes))),
        y: encodeBase64url(Uint8Array.from(point.slice(bytes))),
      };
    }
  }
}

type Members = Readonly<Record<string, unknown>>;

/**
 * Reads a public key. Members that do not define the key are ignored.
 * @throws SignetError unsupported-algorithm for another kind of key; malformed-key for a member that is
 *   missing or not in its only right form, and for a private key
 */
export function parseJwk(jwk: Members): PublicKey {
  if (Object.hasOwn(jwk, 'd') || Object.hasOwn(jwk, 'k')) {
    throw malformed(
      'The JWK contains a private or secret key, which is now exposed. Make a new key.',
    );
  }
  const key = parsePublicKey(encodeSpki(jwk));
  if (isJwkOf(jwk, key)) return key;
  throw malformed('A number of the JWK is not in the form of RFC 7518: it has leading zeros.');
}

function encodeSpki(jwk: Members): Uint8Array {
  const { kty, crv } = jwk;
  if (kty === 'RSA') {
    const [n, e] = [readNumber(jwk, 'n'), readNumber(jwk, 'e')];
    const key = encodeSequence(encodeUnsignedInteger(n), encodeUnsignedInteger(e));
    const algorithm = encodeObjectIdentifier(KEY_OID.rsaEncryption);
    return encodeSequence(encodeSequence(algorithm, encodeElement(TAG.null)), encodeBitString(key));
  }
  if (kty === 'OKP' && crv === 'Ed25519') {
    const algorithm = encodeSequence(encodeObjectIdentifier(KEY_OID.ed25519));
    return encodeSequence(algorithm, encodeBitString(readNumber(jwk, 'x', 32)));
  }
  const curve = CURVES.find(({ namedCurve }) => kty === 'EC' && namedCurve === crv);
  if (curve === undefined) {
    throw new SignetError(
      'unsupported-algorithm',
      "The JWK's 'kty' and 'crv' must be RSA, EC with P-256, P-384 or P-521, or OKP with Ed25519.",
      { field: 'jwk' },
    );
  }
  const { oid, coordinateBytes } = curve;
  const [x, y] = [readNumber(jwk, 'x', coordinateBytes), readNumber(jwk, 'y', coordinateBytes)];
  return encodeSequence(
    encodeSequence(encodeObjectIdentifier(KEY_OID.ecPublicKey), encodeObjectIdentifier(oid)),
    encodeBitString(Uint8Array.of(4, ...x, ...y)),
  );
}

function readNumber(jwk: Members, name: string, length?: number): Uint8Array {
  const text = jwk[name];
  const bytes = typeof text === 'string' ? decodeBase64url(text) : null;
  if (bytes !== null && bytes.length > 0 && (length ?? bytes.length) === bytes.length) return bytes;
  const size = length === undefined ? '' : ` of ${length} bytes`;
  throw malformed(`The JWK's '${name}' must be base64url${size} without padding.`);
}

function decodeBase64url(text: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url' });
  } catch {
    return null;
  }
}

function malformed(message: string): SignetError {
  return new SignetError('malformed-key', message, { field: 'jwk' });
}

/** Returns the JWK thumbprint with SHA-256 (RFC 7638), in base64url. */
export async function computeThumbprint(jwk: PublicJwk): Promise<string> {
  const sorted = Object.fromEntries(Object.entries(jwk).sort(([a], [b]) => (a < b ? -1 : 1)));
  const digest = await crypto.subtle.digest('SHA-256', encodeUtf8(JSON.stringify(sorted)));
  return encodeBase64url(new Uint8Array(digest));
}

/** Tells whether a JWK is that of `key`. Further members are ignored. */
export function isJwkOf(jwk: Readonly<Record<string, unknown>>, key: PublicKey): boolean {
  const own = encodeJwk(key);
  return own !== null && Object.entries(own).every(([name, value]) => jwk[name] === value);
}

function encodeBase64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

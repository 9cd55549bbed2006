import { CURVES } from './algorithms.ts';
import type { PublicKey } from './public-key.ts';

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

/** Tells whether a JWK is that of `key`. Further members are ignored. */
export function isJwkOf(jwk: Readonly<Record<string, unknown>>, key: PublicKey): boolean {
  const own = encodeJwk(key);
  return own !== null && Object.entries(own).every(([name, value]) => jwk[name] === value);
}

function encodeBase64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

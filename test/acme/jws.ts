import { encodeUtf8 } from '../../src/bytes.ts';

/** Signs like an ACME client. It uses none of the code under test but the conversion of text. */

export function encodeBase64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

export function encodeJson(value: unknown): string {
  return encodeBase64url(encodeUtf8(JSON.stringify(value)));
}

/** WebCrypto's parameters of each algorithm, for generating and for signing. */
const ALGORITHMS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  ES512: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  RS256: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
  EdDSA: { name: 'Ed25519' },
} as const;

export type Alg = keyof typeof ALGORITHMS;

export const ALGS: readonly Alg[] = ['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA'];

export interface AcmeKey {
  readonly alg: Alg;
  readonly jwk: Readonly<Record<string, unknown>>;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export async function makeAcmeKey(alg: Alg = 'ES256'): Promise<AcmeKey> {
  const algorithm = ALGORITHMS[alg];
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('no pair');
  const exported = await crypto.subtle.exportKey('jwk', pair.publicKey);
  if (exported instanceof ArrayBuffer) throw new Error('no JWK');
  const { kty, crv, x, y, n, e } = exported;
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, text]) => text !== undefined);
  return {
    alg,
    jwk: Object.fromEntries(members),
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign(algorithm, pair.privateKey, message)),
  };
}

export interface Jws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

/** @param payload undefined for an empty one */
export async function signJws(key: AcmeKey, header: object, payload: unknown): Promise<Jws> {
  const head = encodeJson({ alg: key.alg, ...header });
  const body = payload === undefined ? '' : encodeJson(payload);
  const signature = await key.sign(encodeUtf8(`${head}.${body}`));
  return { protected: head, payload: body, signature: encodeBase64url(signature) };
}

/** An external account binding (RFC 8555 section 7.3.4). */
export async function signBinding(macKey: string, header: object, payload: unknown): Promise<Jws> {
  const bytes = Uint8Array.fromBase64(macKey, { alphabet: 'base64url' });
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
  const head = encodeJson({ alg: 'HS256', ...header });
  const body = encodeJson(payload);
  const mac = await crypto.subtle.sign('HMAC', key, encodeUtf8(`${head}.${body}`));
  return { protected: head, payload: body, signature: encodeBase64url(new Uint8Array(mac)) };
}

import { describe, expect, it } from 'vitest';
import { type FlattenedJws, readJwsHeader, verifyJws } from '../../src/keys/jws.ts';
import { isJwkOf } from '../../src/x509/keys/jwk.ts';
import { type PublicKey, parsePublicKey } from '../../src/x509/keys/public-key.ts';

const URL = 'https://ca.test/x';

function encode(value: Uint8Array | object): string {
  const bytes =
    value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value));
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

type Algorithm = {
  readonly name: string;
  readonly hash?: string;
  readonly namedCurve?: string;
  readonly saltLength?: number;
};

const ALGORITHMS: readonly (readonly [alg: string, algorithm: Algorithm])[] = [
  ['ES256', { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }],
  ['ES384', { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }],
  ['ES512', { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' }],
  ['RS256', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
  ['RS384', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }],
  ['RS512', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }],
  ['PS256', { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 }],
  ['PS384', { name: 'RSA-PSS', hash: 'SHA-384', saltLength: 48 }],
  ['PS512', { name: 'RSA-PSS', hash: 'SHA-512', saltLength: 64 }],
  ['EdDSA', { name: 'Ed25519' }],
];

async function makeKey(algorithm: Algorithm) {
  const isRsa = algorithm.name.startsWith('RSA');
  const rsa = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const pair = await crypto.subtle.generateKey({ ...algorithm, ...(isRsa ? rsa : {}) }, true, [
    'sign',
    'verify',
  ]);
  if (!('privateKey' in pair)) throw new Error('no pair');
  const spki = await crypto.subtle.exportKey('spki', pair.publicKey);
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey);
  if (!(spki instanceof ArrayBuffer) || jwk instanceof ArrayBuffer) throw new Error('no key');
  return { privateKey: pair.privateKey, key: parsePublicKey(new Uint8Array(spki)), jwk };
}

async function sign(
  privateKey: CryptoKey,
  algorithm: Algorithm,
  header: object,
  payload: object = {},
): Promise<FlattenedJws> {
  const [head, body] = [encode(header), encode(payload)];
  const signature = await crypto.subtle.sign(
    algorithm,
    privateKey,
    new TextEncoder().encode(`${head}.${body}`),
  );
  return { protected: head, payload: body, signature: encode(new Uint8Array(signature)) };
}

const verify = (key: PublicKey, jws: FlattenedJws) => verifyJws(key, readJwsHeader(jws), jws);

describe.each(ALGORITHMS)('a JWS signed with %s', (alg, algorithm) => {
  it('verifies with and without jwk, and is refused if any part is changed', async () => {
    const { privateKey, key, jwk } = await makeKey(algorithm);
    const other = await makeKey(algorithm);
    await verify(key, await sign(privateKey, algorithm, { alg, url: URL }));
    expect(isJwkOf({ ...jwk }, key)).toBe(true);
    const jws = await sign(privateKey, algorithm, { alg, url: URL, jwk: { ...jwk, kid: 'x' } });
    await verify(key, jws);

    const refused = { code: 'invalid-signature' };
    await expect(verify(other.key, jws)).rejects.toMatchObject(refused);
    const changed = { ...jws, payload: encode({ a: 1 }) };
    await expect(verify(key, changed)).rejects.toMatchObject(refused);
    const short = { ...jws, signature: jws.signature.slice(0, 40) };
    await expect(verify(key, short)).rejects.toMatchObject(refused);
    const foreign = await sign(privateKey, algorithm, { alg, url: URL, jwk: other.jwk });
    await expect(verify(key, foreign)).rejects.toMatchObject(refused);
  });

  it('is refused if alg does not fit the key', async () => {
    const { privateKey, key } = await makeKey(algorithm);
    const names = ['none', 'HS256', 'ES256K', 'ES', 'RS', 'PS', 'EdDSA256', ''];
    const others = ALGORITHMS.map(([name]) => name).filter(
      (name) => key.kind !== 'rsa' || !/^[RP]S/.test(name),
    );
    for (const name of [...names, ...others.filter((each) => each !== alg)]) {
      const jws = await sign(privateKey, algorithm, { alg: name, url: URL });
      await expect(verify(key, jws)).rejects.toMatchObject({ code: 'unsupported-algorithm' });
    }
  });
});

describe('readJwsHeader', () => {
  const read = (text: string) =>
    readJwsHeader({ protected: text, payload: encode({}), signature: '' });

  it('reads alg, url, jwk, kid and nonce, and ignores other parameters', () => {
    const nothing = { jwk: null, kid: null, nonce: null };
    const header = { alg: 'ES256', url: URL };
    expect(read(encode({ ...header, typ: 'x' }))).toEqual({ ...header, ...nothing });
    const more = { jwk: { kty: 'EC' }, kid: 'k', nonce: 'n' };
    expect(read(encode({ ...header, ...more }))).toEqual({ ...header, ...more });
  });

  it.each([
    ['critical extensions', encode({ alg: 'ES256', url: URL, crit: ['b64'], b64: false })],
    ['no alg', encode({ url: URL })],
    ['an alg that is not a string', encode({ alg: 1, url: URL })],
    ['no url', encode({ alg: 'ES256' })],
    ['a jwk that is not an object', encode({ alg: 'ES256', url: URL, jwk: [] })],
    ['a kid that is not a string', encode({ alg: 'ES256', url: URL, kid: 1 })],
    ['a nonce that is not a string', encode({ alg: 'ES256', url: URL, nonce: {} })],
    ['an array', encode([])],
    ['malformed JSON', encode(new TextEncoder().encode('{'))],
    ['malformed UTF-8', encode(Uint8Array.of(0xff))],
    ['padding', `${encode({ alg: 'ES256', url: URL })}==`],
    ['a line break', `${encode({ alg: 'ES256', url: URL })}\n`],
    ['the base64 alphabet', '+/+/'],
    ['an empty string', ''],
  ])('refuses %s', (_, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'malformed-request' }));
  });
});

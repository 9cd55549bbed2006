import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  readChildren,
  readElement,
} from '../../../src/asn1/der.ts';
import { encodePem, parsePem } from '../../../src/asn1/pem.ts';
import { type DecodedPrivateKey, decodePrivateKeyPem } from '../../../src/x509/keys/pkcs8.ts';
import { csrPem } from '../../fixtures.ts';
import { allowOnlyOf, refusalMessageOf } from '../refusal.ts';

/** Made by test/fixtures/make-private-keys.sh. */
const files = import.meta.glob<string>('../../fixtures/private-keys/*.pem', {
  query: '?raw',
  import: 'default',
  eager: true,
});

function fixture(name: string): string {
  const text = files[`../../fixtures/private-keys/${name}.pem`];
  if (text === undefined) throw new Error(`no fixture ${name}`);
  return text;
}

function derOf(name: string, label: string): Uint8Array {
  const block = parsePem(fixture(name)).find((it) => it.label === label);
  if (block === undefined) throw new Error(`no ${label} in ${name}`);
  return block.der;
}

const refused = (pem: string) => refusalMessageOf('malformed-key', () => decodePrivateKeyPem(pem));

async function exportedJwk({ pkcs8Der, kind, namedCurve }: DecodedPrivateKey): Promise<JsonWebKey> {
  const algorithm =
    kind === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : kind === 'ec'
        ? { name: 'ECDSA', namedCurve: namedCurve ?? '' }
        : { name: 'Ed25519' };
  const key = await crypto.subtle.importKey('pkcs8', pkcs8Der, algorithm, true, ['sign']);
  const jwk = await crypto.subtle.exportKey('jwk', key);
  if (jwk instanceof ArrayBuffer) throw new TypeError('jwk export is not an object');
  return jwk;
}

/** The uncompressed point of an EC key, or the 32 bytes of an Ed25519 key. */
async function publicBytes(name: string): Promise<Uint8Array> {
  const { x = '', y = '' } = await exportedJwk(await decodePrivateKeyPem(fixture(name)));
  const [left, right] = [x, y].map((it) => Uint8Array.fromBase64(it, { alphabet: 'base64url' }));
  return y === ''
    ? (left ?? new Uint8Array())
    : Uint8Array.of(4, ...(left ?? []), ...(right ?? []));
}

describe('decodePrivateKeyPem', () => {
  it.each([
    ['rsa-pkcs8', 'rsa', null],
    ['rsa-pkcs1', 'rsa', null],
    ['prime256v1-pkcs8', 'ec', 'P-256'],
    ['prime256v1-sec1', 'ec', 'P-256'],
    ['prime256v1-sec1-compressed', 'ec', 'P-256'],
    ['prime256v1-sec1-no-public', 'ec', 'P-256'],
    ['secp384r1-pkcs8', 'ec', 'P-384'],
    ['secp384r1-sec1', 'ec', 'P-384'],
    ['secp521r1-pkcs8', 'ec', 'P-521'],
    ['secp521r1-sec1', 'ec', 'P-521'],
    ['ed25519-pkcs8', 'ed25519', null],
  ])('%s: as WebCrypto imports it', async (name, kind, namedCurve) => {
    const decoded = await decodePrivateKeyPem(fixture(name));
    expect(decoded).toMatchObject({ kind, namedCurve });
    const jwk = await exportedJwk(decoded);
    // It is the same key in every wrapping.
    const base = fixture(name.replace(/-(?:pkcs1|sec1).*/, '-pkcs8'));
    expect(jwk).toEqual(await exportedJwk(await decodePrivateKeyPem(base)));
  });

  it.each(['rsa', 'ed25519'])("keeps OpenSSL's PKCS#8 of %s unchanged", async (name) => {
    const { pkcs8Der } = await decodePrivateKeyPem(fixture(`${name}-pkcs8`));
    expect(pkcs8Der.toHex()).toBe(derOf(`${name}-pkcs8`, 'PRIVATE KEY').toHex());
  });

  it('accepts CRLF, surrounding text, lost line ends and certificates', async () => {
    const pem = fixture('ed25519-pkcs8');
    const { pkcs8Der } = await decodePrivateKeyPem(pem);
    const certificate = encodePem('CERTIFICATE', Uint8Array.of(0x30, 0));
    for (const text of [
      pem.replaceAll('\n', '\r\n'),
      `Bag Attributes\n${pem}\n`,
      pem.replaceAll('\n', ' '),
      certificate + pem + certificate,
    ]) {
      expect((await decodePrivateKeyPem(text)).pkcs8Der.toHex()).toBe(pkcs8Der.toHex());
    }
  });

  it('accepts version 1 with attributes and a public key (RFC 5958)', async () => {
    const der = derOf('ed25519-pkcs8', 'PRIVATE KEY');
    const [, ...fields] = readChildren(readElement(der).content).map(({ bytes }) => bytes);
    const version1 = encodeSequence(
      Uint8Array.of(2, 1, 1),
      ...fields,
      encodeElement(0xa0),
      encodeElement(0x81, Uint8Array.of(0, ...(await publicBytes('ed25519-pkcs8')))),
    );
    const decoded = await decodePrivateKeyPem(encodePem('PRIVATE KEY', version1));
    expect(decoded.pkcs8Der.toHex()).toBe(der.toHex());
    const version2 = encodeSequence(Uint8Array.of(2, 1, 2), ...fields);
    expect(await refused(encodePem('PRIVATE KEY', version2))).toContain('unknown version');
  });

  const P256 = encodeElement(0xa0, encodeObjectIdentifier('1.2.840.10045.3.1.7'));
  const sec1 = (scalar: Uint8Array, ...optional: Uint8Array[]) =>
    encodePem(
      'EC PRIVATE KEY',
      encodeSequence(Uint8Array.of(2, 1, 1), encodeElement(4, scalar), ...optional),
    );

  it('pads EC scalars to their full length', async () => {
    const short = new Uint8Array(31).fill(7);
    const padded = Uint8Array.of(0, ...short);
    const { pkcs8Der } = await decodePrivateKeyPem(sec1(short, P256));
    expect(pkcs8Der.toHex()).toContain(`0420${padded.toHex()}`);
    expect((await decodePrivateKeyPem(sec1(padded, P256))).pkcs8Der).toEqual(pkcs8Der);
    expect((await decodePrivateKeyPem(sec1(Uint8Array.of(0, ...padded), P256))).pkcs8Der).toEqual(
      pkcs8Der,
    );
    const decoded = await decodePrivateKeyPem(sec1(short, P256));
    expect(await exportedJwk(decoded)).toMatchObject({ crv: 'P-256' });
    expect(await refused(sec1(new Uint8Array(33).fill(7), P256))).toContain(
      'longer than its curve',
    );
  });

  it('refuses EC keys that do not name their curve, or name two', async () => {
    expect(await refused(sec1(new Uint8Array(32).fill(7)))).toContain('does not name its curve');
    const inner = readElement(parsePem(sec1(new Uint8Array(48).fill(7), P256))[0]?.der ?? P256);
    const algorithm = encodeSequence(
      encodeObjectIdentifier('1.2.840.10045.2.1'),
      encodeObjectIdentifier('1.3.132.0.34'),
    );
    const der = encodeSequence(Uint8Array.of(2, 1, 0), algorithm, encodeElement(4, inner.bytes));
    expect(await refused(encodePem('PRIVATE KEY', der))).toContain('two different curves');
  });

  it.each([
    ['rsa-pkcs1-encrypted', 'encrypted with a passphrase'],
    ['rsa-pkcs8-encrypted', 'encrypted with a passphrase'],
    ['rsa-three-primes', 'more than two primes'],
    ['rsa-pss', 'algorithm RSASSA-PSS'],
    ['secp256k1-sec1', 'curve 1.3.132.0.10 is not supported'],
    ['secp256k1-pkcs8', 'curve 1.3.132.0.10 is not supported'],
    ['explicit-sec1', 'spells out the parameters'],
    ['explicit-pkcs8', 'spells out the parameters'],
    ['ed448-pkcs8', 'algorithm Ed448'],
    ['x25519-pkcs8', 'algorithm X25519'],
    ['dsa', '"DSA PRIVATE KEY"'],
    ['dsa-pkcs8', 'algorithm DSA'],
    ['openssh', '"OPENSSH PRIVATE KEY"'],
  ])('refuses %s', async (name, message) => {
    expect(await refused(fixture(name))).toContain(message);
  });

  it('refuses a text without a private key, or with two', async () => {
    expect(await refused('')).toContain('no PEM');
    expect(await refused(csrPem('p-256-sha256'))).toContain('"CERTIFICATE REQUEST"');
    expect(await refused(fixture('ed25519-pkcs8') + fixture('rsa-pkcs1'))).toContain(
      'more than one',
    );
    expect(await refused(fixture('ed25519-pkcs8').replace('MC', 'M*'))).toContain('broken base64');
  });

  it('throws only SignetError for mutated keys', async () => {
    const keys = [
      ['ed25519-pkcs8', 'PRIVATE KEY'],
      ['prime256v1-pkcs8', 'PRIVATE KEY'],
      ['prime256v1-sec1', 'EC PRIVATE KEY'],
      ['rsa-pkcs1', 'RSA PRIVATE KEY'],
    ] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...keys),
        fc.nat(60),
        fc.nat(255),
        fc.nat(40),
        async (key, at, byte, cut) => {
          const der = derOf(key[0], key[1]);
          const mutated = der
            .with(at % der.length, byte)
            .subarray(0, der.length - Math.max(cut - 30, 0));
          await allowOnlyOf('malformed-key', () => decodePrivateKeyPem(encodePem(key[1], mutated)));
        },
      ),
      { numRuns: 1000 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1 }),
        fc.constantFrom(...keys),
        (der, [, label]) =>
          allowOnlyOf('malformed-key', () => decodePrivateKeyPem(encodePem(label, der))),
      ),
    );
  });
});

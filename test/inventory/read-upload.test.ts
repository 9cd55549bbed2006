import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePem } from '../../src/asn1/pem.ts';
import { SignetError } from '../../src/errors.ts';
import { readUpload } from '../../src/inventory/read-upload.ts';
import { makeCertificate, makeLeaf, openIssuer } from '../authorities/make-ca.ts';
import { keyPem } from '../fixtures.ts';
import { NOW_SECONDS } from '../store/database.ts';
import {
  base64OfText,
  derOf,
  LEAF_KEY_PEM,
  makeUpload,
  NOT_AFTER_SECONDS,
  NOT_BEFORE_SECONDS,
  privateKeyPem,
  uploadPem,
} from './uploads.ts';

const leaf = uploadPem('leaf');
const chainPems = ['sub-2', 'sub-1', 'root'].map(uploadPem);
const [sub2 = '', sub1 = '', root = ''] = chainPems;

function read(overrides: Parameters<typeof makeUpload>[0] = {}, nowSeconds = NOW_SECONDS) {
  return readUpload(makeUpload(overrides), nowSeconds);
}

/** Returns the message of the refusal; any other outcome fails the test. */
async function refusal(
  code: string,
  field: string,
  overrides: Parameters<typeof makeUpload>[0],
): Promise<string> {
  try {
    await read(overrides);
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    expect({ code: error.code, field: error.field }).toEqual({ code, field });
    return error.message;
  }
  throw new Error(`not refused as ${code}`);
}

describe('readUpload: the certificate', () => {
  it('may have a negative serial number, and so may its issuer', async () => {
    const issuer = await openIssuer('CN=Example negative root', 'p-384');
    const dates = { notBeforeSeconds: NOW_SECONDS - 9, notAfterSeconds: NOW_SECONDS + 9 };
    const rootDer = await makeCertificate(issuer, issuer, { serialHex: '-1234', ...dates });
    const leafDer = await makeLeaf(issuer, '-4d', dates);
    const upload = await read({
      certificate: leafDer,
      chain: encodePem('CERTIFICATE', rootDer),
      privateKey: keyPem('p-256'),
    });
    expect(upload).toMatchObject({ certificateDer: leafDer, chainDer: [rootDer] });
  });

  it('is described', async () => {
    const upload = await read();
    expect(upload).toMatchObject({
      type: 1,
      commonName: 'www.example.org',
      dnsNames: ['www.example.org', '*.example.org'],
      ipAddresses: ['192.0.2.7', '2001:db8::7'],
      notBeforeSeconds: NOT_BEFORE_SECONDS,
      notAfterSeconds: NOT_AFTER_SECONDS,
      marks: [],
      chainDer: [],
      privateKeyPem: LEAF_KEY_PEM,
    });
    expect(upload.certificateDer).toEqual(derOf(leaf));
    const digest = await crypto.subtle.digest('SHA-256', derOf(leaf));
    expect(upload.fingerprintHex).toBe(new Uint8Array(digest).toHex());
  });

  it.each([
    ['PEM with CRLF', leaf.replaceAll('\n', '\r\n')],
    ['PEM with text around it', `Bag Attributes\n  name: x\n${leaf}\nthat was it\n`],
    ['base64 of DER', derOf(leaf).toBase64()],
    ['base64 of DER in lines', derOf(leaf).toBase64().replace(/.{76}/g, '$&\r\n')],
    ['base64 of PEM', base64OfText(leaf)],
    ['base64 of PEM in UTF-16', base64OfText(`\0${[...leaf].join('\0')}`)],
    ['PEM with \\n for line ends', leaf.replaceAll('\n', '\\n')],
    ['text that begins with 0', `0 ${leaf}`],
    ['DER', derOf(leaf)],
    ['bytes of PEM', new TextEncoder().encode(leaf)],
  ])('reads %s', async (_, certificate) => {
    expect((await read({ certificate })).certificateDer).toEqual(derOf(leaf));
  });

  it.each([
    ['nothing', '', 'empty'],
    ['white space', ' \n ', 'empty'],
    ['no base64', 'not a certificate!', 'neither PEM nor base64'],
    ['base64 of something else', base64OfText('hello world'), 'not valid DER'],
    ['a broken PEM', leaf.replace('-----END', '----END'), 'has no END'],
    ['another PEM', LEAF_KEY_PEM, '"PRIVATE KEY" and no "CERTIFICATE"'],
    ['a cut DER', derOf(leaf).subarray(0, -1), 'not valid DER'],
    ['bytes after the DER', Uint8Array.of(...derOf(leaf), 0), 'bytes after'],
    ['an EC key with explicit parameters', uploadPem('explicit'), 'must name its curve'],
    ['a curve that is not supported', uploadPem('secp256k1'), 'curve 1.3.132.0.10'],
    ['a DSA key', uploadPem('dsa'), '1.2.840.10040.4.1'],
    ['2 MB of nothing', 'A'.repeat(2_000_000), 'too large'],
  ])('refuses %s', async (_, certificate, message) => {
    const text = await refusal('malformed-certificate', 'certificate', { certificate });
    expect(text).toContain(message);
  });

  it.each([
    ['before it begins', NOT_BEFORE_SECONDS - 1, 'not valid before 2020-01-01T00:00:00Z'],
    ['after it ended', NOT_AFTER_SECONDS + 1, 'expired at 2120-01-01T00:00:00Z'],
  ])('is refused %s', async (_, nowSeconds, message) => {
    await expect(read({}, nowSeconds)).rejects.toMatchObject({
      code: 'not-valid-now',
      message: expect.stringContaining(message),
    });
  });

  it('is accepted in its first and its last second', async () => {
    await read({}, NOT_BEFORE_SECONDS);
    await read({}, NOT_AFTER_SECONDS);
  });

  it.each([
    ['rsa-1024', 'rsa-1024.key', ['weak-key']],
    ['rsa-exponent-3', 'rsa-exponent-3.key', ['weak-key']],
    ['rsa-large-exponent', 'rsa-large-exponent.key', ['weak-key']],
    ['md5', 'leaf.key', ['weak-signature']],
    ['sha1', 'leaf.key', ['weak-signature']],
    ['critical', 'leaf.key', ['unknown-critical-extension']],
    ['sha224', 'leaf.key', []],
  ])('accepts %s and marks it', async (name, key, marks) => {
    const upload = await read({ certificate: uploadPem(name), privateKey: uploadPem(key) });
    expect(upload.marks).toEqual(marks);
  });

  it('is refused with the right code if it is damaged', async () => {
    const der = derOf(leaf);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(der.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, xor) => {
          const damaged = der.slice();
          damaged[at] = (damaged[at] ?? 0) ^ xor;
          try {
            await read({ certificate: damaged });
          } catch (error) {
            if (!(error instanceof SignetError)) throw error;
            expect(['malformed-certificate', 'not-valid-now', 'key-mismatch']).toContain(
              error.code,
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('readUpload: the private key', () => {
  it.each([
    ['self-rsa', 'rsa-pkcs8'],
    ['self-rsa', 'rsa-pkcs1'],
    ['self-prime256v1', 'prime256v1-pkcs8'],
    ['self-prime256v1', 'prime256v1-sec1'],
    ['self-prime256v1', 'prime256v1-sec1-no-public'],
    ['self-secp384r1', 'secp384r1-pkcs8'],
    ['self-secp384r1', 'secp384r1-sec1'],
    ['self-secp521r1', 'secp521r1-pkcs8'],
    ['self-secp521r1', 'secp521r1-sec1'],
    ['self-ed25519', 'ed25519-pkcs8'],
  ])(
    'is accepted for %s as the key %s, in PEM and base64, and keeps its encoding',
    async (name, key) => {
      const pem = privateKeyPem(key);
      // `openssl ecparam` writes the parameters before the key.
      const block = pem.slice(pem.search(/-----BEGIN [A-Z ]*PRIVATE KEY/));
      const certificate = uploadPem(name);
      for (const privateKey of [
        pem,
        pem.replaceAll('\n', '\r\n'),
        `text\n${pem}text`,
        base64OfText(pem),
        derOf(block).toBase64(),
      ]) {
        expect((await read({ certificate, privateKey })).privateKeyPem).toBe(block);
      }
    },
  );

  it.each([
    ['an encrypted PKCS#8', privateKeyPem('rsa-pkcs8-encrypted'), 'encrypted with a passphrase'],
    ['an encrypted PKCS#1', privateKeyPem('rsa-pkcs1-encrypted'), 'encrypted with a passphrase'],
    [
      'base64 of encrypted DER',
      derOf(privateKeyPem('rsa-pkcs8-encrypted')).toBase64(),
      'encrypted with a passphrase',
    ],
    ['a DSA key', privateKeyPem('dsa-pkcs8'), 'DSA'],
    ['an OpenSSH key', privateKeyPem('openssh'), 'OPENSSH PRIVATE KEY'],
    ['explicit parameters', privateKeyPem('explicit-pkcs8'), 'parameters of its curve'],
    ['three primes', privateKeyPem('rsa-three-primes'), 'more than two primes'],
    ['a certificate', leaf, 'no "PRIVATE KEY"'],
    ['something in base64', base64OfText('hello world'), 'neither PEM nor the DER'],
    ['a certificate in base64', derOf(leaf).toBase64(), 'neither PEM nor the DER'],
    ['two keys', LEAF_KEY_PEM + LEAF_KEY_PEM, 'more than one'],
    ['2 MB', `${LEAF_KEY_PEM}${' '.repeat(2_000_000)}`, 'too large'],
  ])('refuses %s', async (_, privateKey, message) => {
    expect(await refusal('malformed-key', 'privateKey', { privateKey })).toContain(message);
  });

  it.each([
    ['another key of its kind', uploadPem('leaf'), privateKeyPem('prime256v1-pkcs8')],
    ['another curve', uploadPem('leaf'), privateKeyPem('secp384r1-pkcs8')],
    ['RSA for EC', uploadPem('leaf'), privateKeyPem('rsa-pkcs8')],
    ['EC for RSA', uploadPem('self-rsa'), LEAF_KEY_PEM],
    ['Ed25519 for EC', uploadPem('leaf'), privateKeyPem('ed25519-pkcs8')],
    ['another RSA key', uploadPem('rsa-1024'), uploadPem('rsa-exponent-3.key')],
  ])('is refused if it belongs to another certificate: %s', async (_, certificate, privateKey) => {
    await refusal('key-mismatch', 'privateKey', { certificate, privateKey });
  });

  it('is refused if it is an RSA key with inconsistent numbers', async () => {
    const der = derOf(privateKeyPem('rsa-pkcs1'));
    der[300] = (der[300] ?? 0) ^ 1;
    await refusal('malformed-key', 'privateKey', {
      certificate: uploadPem('self-rsa'),
      privateKey: der.toBase64(),
    });
  });

  it('may be an id-RSASSA-PSS key, for a certificate of that key', async () => {
    const privateKey = privateKeyPem('rsa-pss');
    const certificate = uploadPem('self-rsa-pss');
    expect((await read({ certificate, privateKey })).privateKeyPem).toBe(privateKey);
    await refusal('key-mismatch', 'privateKey', { privateKey });
    const der = derOf(privateKey);
    der[300] = (der[300] ?? 0) ^ 1;
    await refusal('malformed-key', 'privateKey', { certificate, privateKey: der.toBase64() });
  });

  it('is refused if it is for PSS only and the certificate is not', async () => {
    const privateKey = privateKeyPem('rsa-pss');
    await refusal('key-mismatch', 'privateKey', {
      certificate: uploadPem('self-rsa-of-pss'),
      privateKey,
    });
  });

  it('is required for servers only', async () => {
    expect((await read({ type: 2, privateKey: null })).privateKeyPem).toBeNull();
    expect((await read({ type: 2 })).privateKeyPem).toBe(LEAF_KEY_PEM);
    await refusal('missing-parameter', 'privateKey', { privateKey: null });
    await refusal('missing-parameter', 'privateKey', { privateKey: ' ' });
    await refusal('key-mismatch', 'privateKey', {
      type: 2,
      privateKey: privateKeyPem('rsa-pkcs8'),
    });
  });
});

describe('readUpload: the chain', () => {
  const ordered = chainPems.map(derOf);

  it.each([
    ['in its own field', leaf, chainPems.join('')],
    ['behind the leaf', leaf + chainPems.join(''), null],
    ['in both', leaf + sub2, sub1 + root],
    ['twice', leaf + chainPems.join(''), chainPems.join('') + leaf],
    ['in the wrong order', leaf, root + sub2 + sub1],
    ['before the leaf', root + sub1 + sub2 + leaf, ''],
    ['as base64 of PEM', leaf, base64OfText(chainPems.join('\r\n'))],
  ])('is found and ordered %s', async (_, certificate, chain) => {
    const upload = await read({ certificate, chain });
    expect(upload.certificateDer).toEqual(derOf(leaf));
    expect(upload.chainDer).toEqual(ordered);
    expect(upload.marks).toEqual([]);
  });

  it('may omit the root, and may be one issuer as base64 of DER', async () => {
    expect((await read({ chain: sub1 + sub2 })).chainDer).toEqual(ordered.slice(0, 2));
    expect((await read({ chain: derOf(sub2).toBase64() })).chainDer).toEqual(ordered.slice(0, 1));
  });

  it.each([
    [
      'an unrelated certificate',
      sub2 + uploadPem('self-rsa'),
      'Remove certificates that are not issuers',
    ],
    ['a gap', sub2 + root, 'add missing issuers'],
    ['a missing issuer of the leaf', sub1 + root, 'Remove certificates that are not issuers'],
    ['an issuer with another key', uploadPem('impostor'), 'its key did not sign'],
    ['an issuer and another of its name', sub2 + uploadPem('impostor'), 'Remove certificates'],
    ['another leaf', sub2 + uploadPem('md5'), 'Remove certificates'],
    ['an unsupported key', uploadPem('secp256k1'), 'curve'],
    ['no certificate', LEAF_KEY_PEM, 'no "CERTIFICATE"'],
    ['text that is not base64', '%%%', 'neither PEM nor base64'],
    ['200 certificates', sub2.repeat(200), 'too many'],
    ['30 certificates in UTF-16', `\0${[...sub2.repeat(30)].join('\0')}`, 'too many'],
    ['200 certificates in base64', base64OfText(sub2.repeat(200)), 'too'],
    ['2 MB of certificates', sub2.repeat(Math.ceil(2_000_000 / sub2.length)), 'too many'],
    ['2 MB of text', `x ${'A'.repeat(2_000_000)}`, 'too large'],
  ])('refuses %s', async (_, chain, message) => {
    expect(await refusal('malformed-chain', 'chain', { chain })).toContain(message);
  });

  it('is refused if it is too long, in any form', async () => {
    for (const certificate of [leaf.repeat(200), leaf + sub2.repeat(11)]) {
      await refusal('malformed-chain', 'chain', { certificate });
    }
    await refusal('malformed-chain', 'chain', { certificate: base64OfText(leaf.repeat(100)) });
  });

  it('is refused if it contains a loop', async () => {
    const certificate = uploadPem('loop-leaf');
    const [a, b] = [uploadPem('loop-a'), uploadPem('loop-b')];
    for (const chain of [a + b, b + a]) {
      const message = await refusal('malformed-chain', 'chain', { certificate, chain });
      expect(message).toContain('loop');
    }
    expect((await read({ certificate, chain: a })).chainDer).toEqual([derOf(a)]);
  });

  it('is refused if it contains a loop with the leaf', async () => {
    const upload = { type: 2 as const, privateKey: null, certificate: uploadPem('loop-a') };
    const chain = uploadPem('loop-b');
    expect(await refusal('malformed-chain', 'chain', { ...upload, chain })).toContain('loop');
  });

  it.each([
    ['md5', sub1, ['weak-signature']],
    ['sha1', sub1, ['weak-signature']],
    ['sha1-ec', sub2, ['weak-signature']],
    ['md5-issuer-leaf', uploadPem('md5-issuer') + sub1, ['weak-chain-signature']],
    ['sha224', sub1, ['unverified-signature']],
  ])('is verified by old signature algorithms, too: %s', async (name, chain, marks) => {
    const upload = await read({ certificate: uploadPem(name), chain });
    expect(upload.marks).toEqual(marks);
    expect(upload.chainDer.length).toBeGreaterThan(0);
  });

  it('is refused if an old signature is wrong', async () => {
    for (const name of ['md5', 'sha1', 'sha1-ec']) {
      const certificate = derOf(uploadPem(name));
      // Within the signature's last bytes.
      certificate[certificate.length - 2] = (certificate.at(-2) ?? 0) ^ 1;
      const chain = name === 'sha1-ec' ? sub2 : sub1;
      await refusal('malformed-chain', 'chain', { certificate, chain });
    }
  });
});

import { beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeEcdsaSignature } from '../../../src/x509/keys/ecdsa-signature.ts';
import { csrPem } from '../../fixtures.ts';
import {
  base64OfText,
  derOf,
  LEAF_KEY_PEM,
  privateKeyPem,
  uploadPem,
} from '../../inventory/uploads.ts';
import { der, type KeyPair, makeKeyPair, toPem } from '../../make-csr.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';
import { create, dump, expire, operate, UPLOAD } from './live-bce.ts';

const log = captureLog();
const leaf = uploadPem('leaf');
const sub2 = uploadPem('sub-2');
const CRL = toPem('X509 CRL', Uint8Array.of(0x30, 0));
const MB = 1_000_000;

let live: LiveWorker;
let id: string;
beforeAll(async () => {
  live = await openWorker();
  const silent = vi.spyOn(console, 'log').mockImplementation(() => {});
  id = await create(live, { certName: 'kept' });
  silent.mockRestore();
  await expire(live, id);
});

/** Expects an error of the dialect, one log line with it, and nothing stored. */
async function expectRefusal(
  method: string,
  target: string,
  body: unknown,
  [status, code]: readonly [number, string],
): Promise<string> {
  const before = await dump(live);
  const logged = log.lines().length;
  const answer = await operate(live, { method, target, body });
  expect([answer.status, answer.json.code], answer.text).toEqual([status, code]);
  expect(answer.json).toEqual({
    requestId: answer.headers.get('x-bce-request-id'),
    code,
    message: expect.stringMatching(/^[\x20-\x7e…]{10,400}$/),
  });
  const lines = log.lines().slice(logged);
  expect(lines).toHaveLength(1);
  const [line = ''] = lines;
  expect(JSON.parse(line)).toMatchObject({ status, message: expect.stringContaining(code) });
  expect(line.length).toBeLessThan(1500);
  expect(line).not.toContain('PRIVATE KEY-----');
  expect(await dump(live)).toBe(before);
  return answer.text;
}

const CERTIFICATE = [400, 'CertificateParameterInvalid'] as const;
const KEY = [400, 'PrivateKeyParameterInvalid'] as const;
const CHAIN = [400, 'CertChainParameterInvalid'] as const;
const PAIR = [400, 'UnmatchedPairParameterInvalid'] as const;
const INAPPROPRIATE = [400, 'InappropriateJSON'] as const;
const PARAMETERS = [400, 'ParametersInvalid'] as const;

type Refused = readonly [
  name: string,
  changes: Readonly<Record<string, unknown>>,
  refusal: readonly [number, string],
];

const UPLOADS: readonly Refused[] = [
  ['an empty certificate', { certServerData: '' }, CERTIFICATE],
  ['a blank certificate', { certServerData: ' \r\n\t' }, CERTIFICATE],
  ['1 MB of blanks for a certificate', { certServerData: ' '.repeat(MB) }, CERTIFICATE],
  ['1 MB of letters for a certificate', { certServerData: 'A'.repeat(MB) }, CERTIFICATE],
  [
    'base64 with garbage',
    { certServerData: `${leaf.slice(0, 200)}!!${leaf.slice(200)}` },
    CERTIFICATE,
  ],
  ['base64 of something else', { certServerData: btoa('hello') }, CERTIFICATE],
  ['half a certificate', { certServerData: leaf.slice(0, 300) }, CERTIFICATE],
  ['a key for a certificate', { certServerData: LEAF_KEY_PEM }, CERTIFICATE],
  ['a request for a certificate', { certServerData: csrPem('p-384') }, CERTIFICATE],
  ['a CRL for a certificate', { certServerData: CRL }, CERTIFICATE],
  ['an EC key with explicit parameters', { certServerData: uploadPem('explicit') }, CERTIFICATE],
  ['a curve that is not supported', { certServerData: uploadPem('secp256k1') }, CERTIFICATE],
  ['a DSA certificate', { certServerData: uploadPem('dsa') }, CERTIFICATE],
  ['a number for a certificate', { certServerData: 7 }, INAPPROPRIATE],
  ['null for a certificate', { certServerData: null }, INAPPROPRIATE],
  ['a list for a certificate', { certServerData: [leaf] }, INAPPROPRIATE],

  ['no key', { certPrivateData: undefined }, KEY],
  ['null for a key', { certPrivateData: null }, KEY],
  ['a blank key', { certPrivateData: ' \n' }, KEY],
  ['1 MB for a key', { certPrivateData: 'A'.repeat(MB - 2000) }, KEY],
  ['a certificate for a key', { certPrivateData: leaf }, KEY],
  ['a request for a key', { certPrivateData: csrPem('p-384') }, KEY],
  ['an encrypted key', { certPrivateData: privateKeyPem('rsa-pkcs8-encrypted') }, KEY],
  [
    'an encrypted key of the old form',
    { certPrivateData: privateKeyPem('rsa-pkcs1-encrypted') },
    KEY,
  ],
  ['a key with explicit parameters', { certPrivateData: privateKeyPem('explicit-pkcs8') }, KEY],
  ['a key in the form of OpenSSH', { certPrivateData: privateKeyPem('openssh') }, KEY],
  ['another key', { certPrivateData: privateKeyPem('rsa-pkcs8') }, PAIR],
  ['another key of the kind', { certPrivateData: privateKeyPem('prime256v1-pkcs8') }, PAIR],
  ['another key of a client', { certType: 2, certPrivateData: privateKeyPem('rsa-pkcs8') }, PAIR],
  ['a number for a key', { certPrivateData: 1 }, INAPPROPRIATE],

  ['200 certificates for a chain', { certLinkData: sub2.repeat(200) }, CHAIN],
  ['200 certificates in one field', { certServerData: leaf + sub2.repeat(199) }, CHAIN],
  [
    'a chain in a loop',
    {
      certServerData: uploadPem('loop-leaf'),
      certLinkData: uploadPem('loop-a') + uploadPem('loop-b'),
    },
    CHAIN,
  ],
  ['a stranger in the chain', { certLinkData: uploadPem('self-rsa') }, CHAIN],
  ['an issuer with another key', { certLinkData: uploadPem('impostor') }, CHAIN],
  ['a key for a chain', { certLinkData: LEAF_KEY_PEM }, CHAIN],
  ['words for a chain', { certLinkData: 'no chain!' }, CHAIN],
  ['a number for a chain', { certLinkData: 0 }, INAPPROPRIATE],

  ['a type that there is not', { certType: 0 }, PARAMETERS],
  ['a type in words', { certType: '1' }, INAPPROPRIATE],
  ['true for a type', { certType: true }, INAPPROPRIATE],
  ['words for an upload public key', { uploadPublicKey: 'key' }, PARAMETERS],
  ['a private upload public key', { uploadPublicKey: LEAF_KEY_PEM }, PARAMETERS],
];

const NAMES: readonly (readonly [string, string])[] = [
  ['66 characters', 'a'.repeat(66)],
  ['10000 characters', 'a'.repeat(10_000)],
  ['a digit in front', '1a'],
  ['a NUL', 'a\u0000b'],
  ['a line break', 'a\nb'],
  ['a control character', 'a\u001b[2Jb'],
  ['a right-to-left mark', 'a\u202eb'],
  ['letters of another script', '证书'],
  ['half a character', 'a\ud800'],
  ['a path', '../a'],
  ['a blank', 'a b'],
];

describe('create', () => {
  it.each(UPLOADS)('refuses %s', async (_, changes, refusal) => {
    await expectRefusal('POST', '/v1/certificate', { ...UPLOAD, ...changes }, refusal);
  });

  it.each(NAMES)('refuses a name with %s', async (_, certName) => {
    await expectRefusal('POST', '/v1/certificate', { ...UPLOAD, certName }, PARAMETERS);
  });

  it.each(['', null])('refuses the name %j', async (certName) => {
    const refusal = certName === null ? INAPPROPRIATE : PARAMETERS;
    await expectRefusal('POST', '/v1/certificate', { ...UPLOAD, certName }, refusal);
  });

  it('says that an encrypted key is encrypted', async () => {
    const body = { ...UPLOAD, certPrivateData: privateKeyPem('rsa-pkcs8-encrypted') };
    expect(await expectRefusal('POST', '/v1/certificate', body, KEY)).toMatch(/encrypted/);
  });

  it.each(['b', 'c'.repeat(65), 'A-/._*9'])('accepts the name %s', async (certName) => {
    const target = `/v1/certificate/${await create(live, { certName })}`;
    const { json } = await operate(live, { method: 'GET', target });
    expect(json.certName).toBe(certName);
  });
});

describe('replace', () => {
  it.each(UPLOADS)('refuses %s', async (_, changes, refusal) => {
    const body = { ...UPLOAD, certName: 'kept', ...changes };
    await expectRefusal('PUT', `/v1/certificate/${id}?certData=`, body, refusal);
  });

  it.each(NAMES)('refuses a name with %s', async (_, certName) => {
    const body = { ...UPLOAD, certName };
    await expectRefusal('PUT', `/v1/certificate/${id}?certData=`, body, PARAMETERS);
  });

  it('refuses the name of another certificate', async () => {
    await create(live, { certName: 'taken' });
    const body = { ...UPLOAD, certName: 'taken' };
    const refusal = [409, 'ResourceNameDuplicated'] as const;
    await expectRefusal('PUT', `/v1/certificate/${id}?certData=`, body, refusal);
  });
});

describe('rename', () => {
  it.each(NAMES)('refuses a name with %s', async (_, certName) => {
    await expectRefusal('PUT', `/v1/certificate/${id}?certName=`, { certName }, PARAMETERS);
  });

  it.each<readonly [string, string, string]>([
    ['nothing', '', 'MalformedJSON'],
    ['white space', ' \n', 'MalformedJSON'],
    ['half of JSON', '{"certName": "', 'MalformedJSON'],
    ['a field twice', '{"certName":"x","certName":"y"}', 'MalformedJSON'],
    ['a list', '[]', 'InappropriateJSON'],
    ['a number', '7', 'InappropriateJSON'],
    ['no field', '{}', 'InappropriateJSON'],
    ['an inherited field', '{"__proto__":{"certName":"x"}}', 'InappropriateJSON'],
    ['a number for the name', '{"certName":1}', 'InappropriateJSON'],
    ['deep nesting', `${'['.repeat(5000)}${']'.repeat(5000)}`, 'InappropriateJSON'],
    ['2 MB', `{"certName":"${'x'.repeat(2 * MB)}"}`, 'InvalidHTTPRequest'],
  ])('refuses a body with %s', async (_, body, code) => {
    await expectRefusal('PUT', `/v1/certificate/${id}?certName=`, body, [400, code]);
  });
});

describe('addresses', () => {
  it.each([
    ['GET', '/v1/certificate/..%2F..%2Fhealthz'],
    ['DELETE', '/v1/certificate/cert-00000000000%00'],
    ['GET', '/v1/certificates'],
    ['GET', '/v1/'],
  ])('answers 404 for %s %s', async (method, target) => {
    await expectRefusal(method, target, undefined, [404, 'ResourceNotFoundException']);
  });

  it('refuse other methods', async () => {
    const refusal = [405, 'InvalidHTTPRequest'] as const;
    await expectRefusal('PATCH', '/v1/certificate', undefined, refusal);
    await expectRefusal('DELETE', '/v1/certificate/detail', undefined, refusal);
  });
});

describe('accepts', () => {
  it.each([
    ['RSA-1024', 'rsa-1024', 'rsa-1024.key', ['weak-key']],
    ['an MD5 signature', 'md5', 'leaf.key', ['weak-signature']],
    ['a critical unknown extension', 'critical', 'leaf.key', ['unknown-critical-extension']],
  ])('%s, and marks it', async (_, name, key, marks) => {
    const kept = await create(live, {
      certName: name,
      certServerData: uploadPem(name),
      certPrivateData: uploadPem(key),
    });
    const row = await live.db
      .prepare('SELECT marks FROM inventory WHERE id = ?1')
      .bind(kept)
      .first();
    expect(JSON.parse(String(row?.marks))).toEqual(marks);
    const target = `/v1/certificate/${kept}/rawdata`;
    const { json } = await operate(live, { method: 'GET', target });
    expect(json.certServerData).toBe(uploadPem(name));
  });

  it("every form of certificate of the vendor's document and clients", async () => {
    for (const [form, text] of [
      ['crlf', leaf.replaceAll('\n', '\r\n')],
      ['text', `subject=x\n${leaf}\nend`],
      ['der', derOf(leaf).toBase64()],
      ['base64', base64OfText(leaf)],
    ]) {
      const kept = await create(live, { certName: form, certServerData: text });
      const target = `/v1/certificate/${kept}/rawdata`;
      const { json } = await operate(live, { method: 'GET', target });
      expect(json).toMatchObject({ certServerData: leaf, certPrivateKey: LEAF_KEY_PEM });
    }
  });

  it.each([
    ['10000 characters', 'a'.repeat(10_000)],
    ['a NUL', 'a\u0000b'],
    ['control characters', 'a\u001b[31m\r\nb'],
    ['a right-to-left mark', 'a\u202eb'],
    ['quotation marks', '"},{"certId":"x'],
  ])('%s in a subject, shown as JSON and not logged', async (form, text) => {
    const pair = await makeKeyPair();
    const logged = log.lines().length;
    const kept = await create(live, {
      certName: `cn-${form.replaceAll(' ', '-')}`,
      certServerData: await makeNamed(pair, text),
      certPrivateData: await exportKey(pair),
    });
    for (const target of [`/v1/certificate/${kept}`, `/v1/certificate/${kept}/detail`]) {
      expect((await operate(live, { method: 'GET', target })).json.certCommonName).toBe(text);
    }
    expect(log.lines().slice(logged).join('')).not.toContain(JSON.stringify(text).slice(1, -1));
  });
});

/** A self-signed certificate with the common name `text`, valid until 2049. */
async function makeNamed({ publicKey, privateKey }: KeyPair, text: string): Promise<string> {
  const spki = await crypto.subtle.exportKey('spki', publicKey);
  if (!(spki instanceof ArrayBuffer)) throw new TypeError('spki export is not bytes');
  const ecdsaSha256 = Uint8Array.of(0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2);
  const id = Uint8Array.of(0x06, 0x03, 0x55, 0x04, 0x03);
  const utf8 = new TextEncoder();
  const name = der(0x30, der(0x31, der(0x30, id, der(0x0c, utf8.encode(text)))));
  const time = (value: string) => der(0x17, utf8.encode(value));
  const tbs = der(
    0x30,
    Uint8Array.of(2, 1, 1),
    ecdsaSha256,
    name,
    der(0x30, time('000101000000Z'), time('491231235959Z')),
    name,
    new Uint8Array(spki),
  );
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm, privateKey, tbs));
  const bits = der(0x03, Uint8Array.of(0), encodeEcdsaSignature(signature));
  return toPem('CERTIFICATE', der(0x30, tbs, ecdsaSha256, bits));
}

async function exportKey({ privateKey }: KeyPair): Promise<string> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', privateKey);
  if (!(pkcs8 instanceof ArrayBuffer)) throw new TypeError('pkcs8 export is not bytes');
  return toPem('PRIVATE KEY', new Uint8Array(pkcs8));
}

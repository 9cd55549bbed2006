import { beforeAll, describe, expect, it } from 'vitest';
import { importChain } from '../../src/authorities/import-chain.ts';
import { encodeBasicConstraints, encodeKeyUsage } from '../../src/x509/certificate/extensions.ts';
import { decodePrivateKeyPem } from '../../src/x509/keys/pkcs8.ts';
import { encodeNameFromText } from '../../src/x509/names/names.ts';
import { keyPem } from '../fixtures.ts';
import {
  type CertificateOptions,
  type Issuer,
  makeCertificate,
  NOW_SECONDS,
  openIssuer,
  openKey,
  toPem,
  YEAR_SECONDS,
} from './make-ca.ts';

let root: Issuer;
let middle: Issuer;
let low: Issuer;
let rootDer: Uint8Array;
let middleDer: Uint8Array;
let lowDer: Uint8Array;

beforeAll(async () => {
  root = await openIssuer('CN=Root', 'p-384');
  middle = await openIssuer('CN=Middle', 'rsa-2048');
  low = await openIssuer('CN=Low', 'p-256');
  rootDer = await makeCertificate(root, root);
  middleDer = await makeCertificate(root, middle);
  lowDer = await makeCertificate(middle, low);
});

function take(bundlePem: string, of: Issuer = low) {
  return importChain(bundlePem, of.signer.publicKey, NOW_SECONDS);
}

describe('importChain', () => {
  it.each([
    ['in order', () => [lowDer, middleDer, rootDer]],
    ['turned round', () => [rootDer, middleDer, lowDer]],
    ['mixed, and twice', () => [middleDer, rootDer, lowDer, rootDer, middleDer]],
  ])('finds the certificate for the key and its issuers: %s', async (_, order) => {
    const { certificate, chain } = await take(`text before\n${toPem(...order())}`);
    expect(certificate.certificateDer).toEqual(lowDer);
    expect(chain.map(({ certificateDer }) => certificateDer)).toEqual([middleDer, rootDer]);
  });

  it('accepts negative serial numbers', async () => {
    const negativeRootDer = await makeCertificate(root, root, { serialHex: '-1234' });
    const negativeDer = await makeCertificate(root, low, { serialHex: '-80' });
    const { certificate, chain } = await take(toPem(negativeDer, negativeRootDer));
    expect(certificate.serialHex).toBe('-80');
    expect(chain.map(({ serialHex }) => serialHex)).toEqual(['-1234']);
  });

  it('accepts a root, which has no chain', async () => {
    const { certificate, chain } = await take(toPem(rootDer), root);
    expect(certificate.certificateDer).toEqual(rootDer);
    expect(chain).toEqual([]);
  });

  it('leaves out certificates outside the chain', async () => {
    const stranger = await openIssuer('CN=Stranger', 'ed25519');
    const strangerDer = await makeCertificate(stranger, stranger);
    const sameName = await makeCertificate(
      { ...middle, signer: stranger.signer },
      { ...middle, signer: stranger.signer },
    );
    const { publicKey } = stranger.signer;
    // Its algorithm is unknown.
    const spkiDer = Uint8Array.fromHex('300c300706052b06010401030100');
    const odd = { ...stranger, signer: { publicKey: { ...publicKey, spkiDer } } };
    const oddDer = await makeCertificate(root, odd);
    const bundle = toPem(oddDer, strangerDer, sameName, lowDer, middleDer, rootDer);
    expect((await take(bundle)).chain.map(({ certificateDer }) => certificateDer)).toEqual([
      middleDer,
      rootDer,
    ]);
  });

  it('chooses the certificate that expires last if a CA was renewed with its key', async () => {
    const renewedDer = await makeCertificate(root, root, {
      serialHex: '02',
      notAfterSeconds: NOW_SECONDS + 2 * YEAR_SECONDS,
    });
    for (const bundle of [toPem(rootDer, renewedDer), toPem(renewedDer, rootDer)]) {
      expect((await take(bundle, root)).certificate.certificateDer).toEqual(renewedDer);
    }
  });

  async function expectRefusal(bundlePem: string, message: RegExp, of: Issuer = low) {
    await expect(take(bundlePem, of)).rejects.toMatchObject({
      code: 'malformed-certificate',
      message: expect.stringMatching(message),
    });
  }

  it('refuses a bundle without a certificate for the key', async () => {
    await expectRefusal(toPem(middleDer, rootDer), /belongs to the CA key/);
    await expectRefusal('', /belongs to the CA key/);
  });

  it('refuses a chain that does not reach its root', async () => {
    await expectRefusal(toPem(lowDer, middleDer), /does not reach a root/);
    await expectRefusal(toPem(lowDer, rootDer), /does not reach a root/);
  });

  it('refuses a chain with a signature that does not verify', async () => {
    const impostor = { ...root, signer: await openKey('p-521') };
    await expectRefusal(
      toPem(lowDer, middleDer, await makeCertificate(impostor, impostor)),
      /does not reach a root/,
    );
  });

  it('refuses a root whose self-signature does not verify', async () => {
    const flipped = rootDer.with(-1, (rootDer.at(-1) ?? 0) ^ 1);
    await expectRefusal(toPem(flipped), /^The CA certificate .*its self-signature/, root);
    const bundle = toPem(lowDer, middleDer, flipped);
    await expectRefusal(bundle, /^Issuer 2 .*its self-signature does not verify/);
    // Expires a minute later, without a new signature.
    const changed = await makeCertificate(root, root, { notAfterSeconds: NOW_SECONDS + 60 });
    const [from, to] = ['120100Z', '120200Z'].map((end) => new TextEncoder().encode(end).toHex());
    const longer = Uint8Array.fromHex(changed.toHex().replace(from ?? '', to ?? ''));
    expect(longer).not.toEqual(changed);
    await expectRefusal(toPem(longer), /its self-signature does not verify/, root);
  });

  it('accepts a root signed with SHA-1, and refuses it if the signature is broken', async () => {
    const old = { subjectDer: encodeNameFromText('CN=SHA-1 Root'), signer: middle.signer };
    const sha1Der = Uint8Array.fromHex('300d06092a864886f70d0101050500');
    const key = await crypto.subtle.importKey(
      'pkcs8',
      (await decodePrivateKeyPem(keyPem('rsa-2048'))).pkcs8Der,
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' },
      false,
      ['sign'],
    );
    const sign = async (tbsDer: Uint8Array<ArrayBuffer>) =>
      new Uint8Array(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, tbsDer));
    const issuer = { ...old, signer: { ...old.signer, signatureAlgorithmDer: sha1Der, sign } };
    const oldDer = await makeCertificate(issuer, issuer);
    expect((await take(toPem(oldDer), old)).chain).toEqual([]);
    const flipped = oldDer.with(-1, (oldDer.at(-1) ?? 0) ^ 1);
    await expectRefusal(toPem(flipped), /its self-signature does not verify/, old);
  });

  it('takes the certificate of a re-keyed root by its old key for what it is', async () => {
    const next = { ...root, signer: await openKey('p-521') };
    const nextDer = await makeCertificate(next, next);
    const crossDer = await makeCertificate(root, next);
    const belowDer = await makeCertificate(next, low);
    const chainOf = async (of: Issuer, ...ders: readonly Uint8Array[]) =>
      (await take(toPem(...ders), of)).chain.map(({ certificateDer }) => certificateDer);
    expect(await chainOf(low, belowDer, crossDer, nextDer, rootDer)).toEqual([nextDer]);
    expect(await chainOf(low, belowDer, crossDer, rootDer)).toEqual([crossDer, rootDer]);
    expect(await chainOf(next, crossDer, nextDer, rootDer)).toEqual([]);
    await expectRefusal(toPem(belowDer, crossDer), /^Issuer 1 .*its self-signature/);
  });

  it('refuses two CAs that sign each other', async () => {
    const bundle = [await makeCertificate(middle, low), await makeCertificate(low, middle)];
    await expectRefusal(toPem(...bundle), /has a loop/);
  });

  it('refuses broken PEM and broken certificates', async () => {
    await expectRefusal(toPem(lowDer).replace('END', 'BEND'), /PEM is broken/);
    await expectRefusal(toPem(lowDer.slice(0, -1)), /not valid DER/);
  });

  const usage = encodeKeyUsage(['keyCertSign', 'cRLSign']);
  it.each<[string, CertificateOptions, RegExp]>([
    ['CA:FALSE', { extensionsDer: [encodeBasicConstraints(false), usage] }, /lack CA:TRUE/],
    ['no basic constraints', { extensionsDer: [usage] }, /lack CA:TRUE/],
    [
      'no keyCertSign',
      { extensionsDer: [encodeBasicConstraints(true), encodeKeyUsage(['cRLSign'])] },
      /lacks keyCertSign/,
    ],
    [
      'no cRLSign',
      { extensionsDer: [encodeBasicConstraints(true), encodeKeyUsage(['keyCertSign'])] },
      /lacks cRLSign/,
    ],
    ['an end in the past', { notAfterSeconds: NOW_SECONDS - 1 }, /certificate has expired/],
    ['a beginning to come', { notBeforeSeconds: NOW_SECONDS + 1 }, /not valid yet/],
  ])('refuses a CA certificate with %s', async (_, options, message) => {
    await expectRefusal(toPem(await makeCertificate(root, root, options)), message, root);
  });

  it('accepts a CA certificate without key usage', async () => {
    const der = await makeCertificate(root, root, {
      extensionsDer: [encodeBasicConstraints(true)],
    });
    expect((await take(toPem(der), root)).certificate.certificateDer).toEqual(der);
  });

  it('refuses an issuer that has expired, is not a CA or allows no CA below', async () => {
    const expired = await makeCertificate(root, root, { notAfterSeconds: NOW_SECONDS - 1 });
    await expectRefusal(toPem(lowDer, middleDer, expired), /Issuer 2 .* has expired/);
    const leaf = await makeCertificate(root, middle, {
      extensionsDer: [encodeBasicConstraints(false)],
    });
    await expectRefusal(toPem(lowDer, leaf, rootDer), /Issuer 1 .* lack CA:TRUE/);
    const short = await makeCertificate(root, root, {
      extensionsDer: [encodeBasicConstraints(true, 0), usage],
    });
    await expectRefusal(toPem(lowDer, middleDer, short), /Issuer 2 .*path length/);
  });
});

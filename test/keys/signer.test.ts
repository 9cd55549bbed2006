import { describe, expect, it } from 'vitest';
import { SignetError } from '../../src/errors.ts';
import { importSigner } from '../../src/keys/signer.ts';
import { decodeCsr, parseCsr } from '../../src/x509/certificate/csr.ts';
import { parseSignatureAlgorithm, verifySignature } from '../../src/x509/keys/verify-signature.ts';
import { csrPem, keyPem } from '../fixtures.ts';

const message = new TextEncoder().encode('to be signed');

describe('importSigner', () => {
  it.each([
    ['rsa-2048', 'rsa-2048-sha256'],
    ['rsa-4096', 'rsa-4096'],
    ['rsa-8192', 'rsa-8192'],
    ['rsa-2048-pkcs1', 'rsa-2048-sha256'],
    ['p-256', 'p-256-sha256'],
    ['p-256-sec1', 'p-256-sha256'],
    ['p-384', 'p-384'],
    ['p-521', 'p-521'],
    ['ed25519', 'ed25519'],
  ])('%s: derives the public key and makes signatures that verify', async (key, request) => {
    const signer = await importSigner(keyPem(key));
    const { publicKey } = parseCsr(decodeCsr(csrPem(request)));
    expect(signer.publicKey.spkiDer.toHex()).toBe(publicKey.spkiDer.toHex());

    const algorithm = parseSignatureAlgorithm(signer.signatureAlgorithmDer);
    const signature = await signer.sign(message);
    expect(await verifySignature(publicKey, algorithm, message, signature)).toBe(true);
    const other = new TextEncoder().encode('to be sighed');
    expect(await verifySignature(publicKey, algorithm, other, signature)).toBe(false);
  });

  it('refuses a well-formed key with invalid numbers', async () => {
    const der = Uint8Array.fromBase64(keyPem('p-256').replaceAll(/-----[^-]+-----|\s/g, ''));
    const scalar = der.findLastIndex((byte, at) => byte === 0x04 && der[at + 1] === 0x20) + 2;
    der.fill(0, scalar, scalar + 32);
    const pem = `-----BEGIN PRIVATE KEY-----\n${der.toBase64()}\n-----END PRIVATE KEY-----\n`;
    await expect(importSigner(pem)).rejects.toMatchObject({ code: 'malformed-key' });
  });

  it('refuses input that is not a private key', async () => {
    await expect(importSigner('nonsense')).rejects.toBeInstanceOf(SignetError);
    await expect(importSigner(csrPem('p-256-sha256'))).rejects.toBeInstanceOf(SignetError);
  });
});

import { describe, expect, it } from 'vitest';
import { SignetError } from '../../../src/errors.ts';
import {
  decodeCsr,
  MAX_CSR_BYTES,
  parseCsr,
  verifyCsrSignature,
} from '../../../src/x509/certificate/csr.ts';
import { CSR_NAMES, csrPem, keyPem } from '../../fixtures.ts';

const accepted = CSR_NAMES.filter((name) => !name.startsWith('rejected-'));

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof SignetError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

const verify = async (pem: string) => verifyCsrSignature(parseCsr(decodeCsr(pem)));

describe('decodeCsr', () => {
  const pem = csrPem('p-256-sha256');
  const der = decodeCsr(pem);

  it.each([
    ['PEM bytes', new TextEncoder().encode(pem)],
    ['DER', der],
    ['PEM bytes after text that begins with 0', new TextEncoder().encode(`0 ${pem}`)],
    ['CRLF', pem.replaceAll('\n', '\r\n')],
    ['text around it', `Certificate Request:\n    Data: …\n${pem}\ntrailing`],
    ['the other header', pem.replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST')],
  ])('accepts %s', (_name, input) => {
    expect(decodeCsr(input)).toEqual(der);
  });

  it.each([
    ['nothing', '', 'neither DER nor PEM'],
    ['white space', '  \n ', 'neither DER nor PEM'],
    ['a private key', keyPem('p-256'), 'contains a private key'],
    ['a certificate', pem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'), '"CERTIFICATE"'],
    ['a CRL', pem.replaceAll('CERTIFICATE REQUEST', 'X509 CRL'), '"X509 CRL"'],
    ['two CSRs', pem + pem, 'several'],
    ['broken base64', pem.replace('MII', 'M*I'), 'PEM is broken'],
  ])('refuses %s', async (_name, input, reason) => {
    const answer = await codeOf(() => decodeCsr(input));
    expect(answer).toMatch(/^malformed-csr: /);
    expect(answer).toContain(reason);
  });

  it('refuses input that is too large', async () => {
    expect(await codeOf(() => decodeCsr('A'.repeat(1_000_000)))).toMatch(/^request-too-large/);
    const large = new Uint8Array(MAX_CSR_BYTES + 1).fill(0x30);
    expect(await codeOf(() => parseCsr(large))).toMatch(/^request-too-large/);
  });
});

describe('verifyCsrSignature', () => {
  it.each(accepted)('accepts %s as openssl made it', async (name) => {
    expect(await codeOf(() => verify(csrPem(name)))).toBe('accepted');
  });

  it.each(accepted)('refuses %s after a bit of the signed bytes changes', async (name) => {
    const csr = parseCsr(decodeCsr(csrPem(name)));
    const infoDer = csr.infoDer.slice();
    infoDer.set([(infoDer.at(-1) ?? 0) ^ 1], infoDer.length - 1);
    expect(await codeOf(() => verifyCsrSignature({ ...csr, infoDer }))).toMatch(
      /^csr-signature-invalid/,
    );
  });

  it.each(accepted)('refuses %s with a signature of the wrong length', async (name) => {
    const csr = parseCsr(decodeCsr(csrPem(name)));
    for (const signature of [new Uint8Array(), csr.signature.subarray(1), new Uint8Array(200)]) {
      expect(await codeOf(() => verifyCsrSignature({ ...csr, signature }))).toMatch(
        /^csr-signature-invalid/,
      );
    }
  });

  it.each([
    ['rejected-sha1', 'SHA-1 with RSA'],
    ['rejected-md5', 'MD5 with RSA'],
    ['rejected-ecdsa-sha1', 'ECDSA with SHA-1'],
    ['rejected-pss-sha1', 'the hash must be SHA-256'],
    ['rejected-explicit-curve', 'must name its curve'],
    ['rejected-secp256k1', 'is not supported. Use P-256'],
    ['rejected-ed448', 'are not supported. Use RSA'],
  ])('refuses %s, saying why', async (name, reason) => {
    const answer = await codeOf(() => verify(csrPem(name)));
    expect(answer).toMatch(/^unsupported-algorithm/);
    expect(answer).toContain(reason);
  });
});

describe('parseCsr', () => {
  it('keeps the subject byte for byte', () => {
    const csr = parseCsr(decodeCsr(csrPem('p-256-sha256')));
    expect(csr.csrDer.toHex()).toContain(csr.subjectDer.toHex());
    expect(new TextDecoder().decode(csr.subjectDer)).toContain('host.fixture.test');
  });

  it('reads the requested extensions without acting on them', () => {
    const { extensions } = parseCsr(decodeCsr(csrPem('greedy')));
    expect([...extensions.keys()]).toContain('1.2.3.4.5');
    expect(extensions.get('2.5.29.19')?.critical).toBe(true);
  });

  it('refuses trailing bytes and truncation', async () => {
    const der = decodeCsr(csrPem('p-256-sha256'));
    const longer = new Uint8Array(der.length + 1);
    longer.set(der);
    expect(await codeOf(() => parseCsr(longer))).toMatch(/^malformed-csr/);
    expect(await codeOf(() => parseCsr(der.subarray(0, der.length - 1)))).toMatch(/^malformed-csr/);
  });
});

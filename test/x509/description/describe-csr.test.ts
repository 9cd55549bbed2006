import { describe, expect, it } from 'vitest';
import { decodeCsr, parseCsr } from '../../../src/x509/certificate/csr.ts';
import { describeCsr } from '../../../src/x509/description/describe-csr.ts';
import { formatCsrText } from '../../../src/x509/description/format-text.ts';
import { csrPem } from '../../fixtures.ts';

function open(name: string) {
  return describeCsr(parseCsr(decodeCsr(csrPem(name))));
}

describe('describeCsr', () => {
  it('describes what a CSR asks for', async () => {
    expect(await open('greedy')).toMatchObject({
      version: 1,
      subject: { text: 'CN=host.fixture.test,O=Fixture,C=CN' },
      publicKey: { algorithm: 'EC', curve: 'P-256' },
      extensions: [
        { name: 'subjectAltName', value: [{ kind: 'dns', value: 'host.fixture.test' }] },
        { name: 'basicConstraints', critical: true, value: { cA: true } },
        { name: 'keyUsage', value: ['keyCertSign', 'cRLSign'] },
        { name: 'extKeyUsage', value: [{ name: 'codeSigning' }] },
        { name: null, oid: '1.2.3.4.5', critical: true, value: null },
      ],
      attributes: [],
      signatureAlgorithm: { name: 'ecdsa-with-SHA256' },
    });
  });

  it.each([
    ['rsa-2048-sha256', { algorithm: 'RSA', bits: 2048, exponent: '65537', key: null }],
    ['rsa-pss-2048', { algorithm: 'RSASSA-PSS', bits: 2048, curve: null }],
    ['p-521', { algorithm: 'EC', bits: 521, curve: 'P-521', modulus: null }],
    ['ed25519', { algorithm: 'Ed25519', bits: 256, curve: null }],
  ])('describes the key of %s', async (name, publicKey) => {
    expect((await open(name)).publicKey).toMatchObject(publicKey);
  });

  it('describes the parameters of RSASSA-PSS', async () => {
    expect((await open('rsa-2048-pss-sha384')).signatureAlgorithm).toMatchObject({
      name: 'RSASSA-PSS',
      pss: { hash: 'SHA-384' },
    });
  });

  it('shows the other attributes', () => {
    const text = formatCsrText({
      version: 1,
      subject: { text: '', attributes: [] },
      publicKey: {
        oid: '1.3.101.112',
        algorithm: 'Ed25519',
        bits: 256,
        curve: null,
        modulus: null,
        exponent: null,
        key: '00',
        id: null,
        sha256: '',
      },
      extensions: [],
      attributes: [{ oid: '1.2', name: 'challengePassword', values: ['a\nb'] }],
      signatureAlgorithm: { oid: '1.3.101.112', name: 'Ed25519', pss: null },
      signature: '00',
    });
    expect(text).toContain('            challengePassword        :a\\u{000A}b\n');
  });
});

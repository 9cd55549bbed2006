import { describe, expect, it } from 'vitest';
import { checkCertificateRequest } from '../../src/issuance/check-request.ts';
import { decodeCsr, parseCsr } from '../../src/x509/certificate/csr.ts';
import { csrPem } from '../fixtures.ts';
import { type CsrOptions, commonName, der, dnsName, makeCsrDer } from '../make-csr.ts';

async function check(options: CsrOptions) {
  return checkCertificateRequest(parseCsr(await makeCsrDer(options)));
}

describe('checkCertificateRequest', () => {
  it('takes a host name or an IP address from the CN if there is no other name', async () => {
    const [host] = (await check({ subject: [commonName('host.test')] })).subjectAltNames;
    const [explicit] = (await check({ subjectAltNames: [dnsName('host.test')] })).subjectAltNames;
    expect(host).toEqual(explicit);
    const [address] = (await check({ subject: [commonName('192.0.2.1')] })).subjectAltNames;
    const ip = der(0x87, Uint8Array.of(192, 0, 2, 1));
    expect(address).toEqual((await check({ subjectAltNames: [ip] })).subjectAltNames[0]);
  });

  it('converts a host in the CN to the form of an alternative name', async () => {
    for (const [given, kind, value] of [
      ['host.test.', 'dns', 'host.test'],
      ['b\u00fccher.test', 'dns', 'xn--bcher-kva.test'],
      ['[2001:db8::7]', 'ip', '2001:db8::7'],
    ] as const) {
      const { subjectAltNames } = await check({ subject: [commonName(given)] });
      expect(subjectAltNames).toEqual([{ kind, value }]);
    }
  });

  it('takes no name from the CN if it is a person’s or there are other names', async () => {
    expect((await check({ subject: [commonName('Ada Lovelace')] })).subjectAltNames).toEqual([]);
    const beside = await check({
      subject: [commonName('one.test')],
      subjectAltNames: [dnsName('two.test')],
    });
    expect(beside.subjectAltNames).toHaveLength(1);
    expect(JSON.stringify(beside.subjectAltNames)).toContain('two.test');
  });

  it('needs at least one name', async () => {
    await expect(check({})).rejects.toMatchObject({ code: 'invalid-subject' });
    expect((await check({ subjectAltNames: [dnsName('a.test')] })).subjectAltNames).toHaveLength(1);
  });

  it('refuses a CSR that another key signed', async () => {
    const csrDer = await makeCsrDer({ subject: [commonName('host.test')] });
    csrDer[csrDer.length - 1] = (csrDer.at(-1) ?? 0) ^ 1;
    await expect(checkCertificateRequest(parseCsr(csrDer))).rejects.toMatchObject({
      code: 'csr-signature-invalid',
    });
  });

  it('gives the same key the same id', async () => {
    const ids = await Promise.all(
      ['rsa-2048-sha256', 'rsa-2048-pss-sha512', 'rsa-3072'].map(async (name) => {
        const csr = parseCsr(decodeCsr(csrPem(name)));
        return (await checkCertificateRequest(csr)).publicKeyIdHex;
      }),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });
});

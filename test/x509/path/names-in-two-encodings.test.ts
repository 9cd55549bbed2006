import { describe, expect, it } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { orderChain } from '../../../src/inventory/order-chain.ts';
import { readCertificates } from '../../../src/inventory/read-certificates.ts';
import { type Certificate, parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { buildChain, isSelfIssued } from '../../../src/x509/path/chain.ts';

/** See the README there. */
const files = import.meta.glob<string>('../../fixtures/names-in-two-encodings/*.pem', {
  query: '?raw',
  import: 'default',
  eager: true,
});

function pemOf(name: string): string {
  const pem = files[`../../fixtures/names-in-two-encodings/${name}.pem`];
  if (pem === undefined) throw new Error(`no fixture ${name}`);
  return pem;
}

function read(name: string): Certificate {
  const [block] = parsePem(pemOf(name));
  if (block === undefined) throw new Error(`no certificate in ${name}`);
  return parseCertificate(block.der);
}

const root = read('root');
const issuing = read('issuing');
const issuing2 = read('issuing2');
const leaf = read('leaf');
const selfroot = read('selfroot');

describe('names that differ only in their encoding', () => {
  it('link a CA to its root', async () => {
    expect(await buildChain(issuing2, [selfroot, root])).toEqual([root]);
    expect(await buildChain(leaf, [root, issuing])).toEqual([issuing, root]);
  });

  it('make a certificate self-issued', async () => {
    expect(isSelfIssued(selfroot)).toBe(true);
    expect(await buildChain(selfroot, [])).toEqual([]);
  });

  it('order an uploaded chain', async () => {
    const { chain } = await orderChain(leaf, [root, issuing], leaf.notBeforeSeconds);
    expect(chain).toEqual([issuing, root]);
  });

  it('tell the leaf from its issuer in one upload', () => {
    const uploaded = readCertificates(pemOf('issuing') + pemOf('leaf'), null);
    expect(uploaded.leaf.certificateDer).toEqual(leaf.certificateDer);
  });
});

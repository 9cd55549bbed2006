import { X509Certificate } from 'node:crypto';
import { expect } from 'vitest';
import { download } from '../api-client.ts';
import type { AcmeServer } from './acme-server.ts';

export interface Issued {
  /** Lower-case hex. */
  readonly serial: string;
  /** The alternative names in alphabetical order: `DNS:a.test, IP Address:10.0.0.5`. */
  readonly names: string;
  readonly leaf: X509Certificate;
}

/** Verifies that a chain in PEM is a leaf and the root that issued it, and returns the leaf. */
export async function readIssued({ server }: AcmeServer, chainPem: string): Promise<Issued> {
  const root = new X509Certificate(await download(server, '/ca/default.pem'));
  const pems = chainPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
  const [leaf, issuer] = pems.map((pem) => new X509Certificate(pem));
  if (leaf === undefined) throw new Error(`There is no certificate:\n${chainPem}`);
  expect(pems.length).toBe(2);
  expect(issuer?.fingerprint256).toBe(root.fingerprint256);
  expect(leaf.verify(root.publicKey)).toBe(true);
  return {
    leaf,
    serial: leaf.serialNumber.toLowerCase(),
    names: leaf.subjectAltName?.split(', ').sort().join(', ') ?? '',
  };
}

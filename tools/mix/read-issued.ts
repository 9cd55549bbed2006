import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import type { Findings } from './findings.ts';
import type { IssuedCertificate } from './ledger.ts';

export const COMPLETE_LIST_PATH = '/crl/default.crl';

/** Records faults of a new certificate. @param pem the certificate, and possibly its chain */
export function readIssued(
  pem: string,
  csrPem: string | null,
  caCertificate: string,
  findings: Findings,
): IssuedCertificate {
  const certificate = new X509Certificate(pem);
  findings.expect(
    certificate.verify(createCaKey(caCertificate)),
    'a certificate is not signed by the authority',
  );
  return {
    serialHex: certificate.serialNumber.toLowerCase().replace(/^0+/, ''),
    sha256Hex: createHash('sha256').update(certificate.raw).digest('hex'),
    listPaths: [...new Set([COMPLETE_LIST_PATH, ...findListPaths(certificate.raw)])],
    csrPem,
  };
}

let lastKey: { readonly pem: string; readonly key: ReturnType<typeof createPublicKey> } | null =
  null;

function createCaKey(pem: string) {
  if (lastKey?.pem !== pem) lastKey = { pem, key: createPublicKey(pem) };
  return lastKey.key;
}

/** Returns the paths of its CRL distribution points. */
function findListPaths(certificateDer: Buffer): string[] {
  const texts = certificateDer
    .toString('latin1')
    .matchAll(/http:\/\/[\w.:[\]-]+(\/[\w./-]+\.crl)/g);
  return [...texts].flatMap(([, path]) => (path === undefined ? [] : [path]));
}

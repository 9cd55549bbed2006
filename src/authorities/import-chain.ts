import { PemError, parsePem } from '../asn1/pem.ts';
import { SignetError } from '../errors.ts';
import { type Certificate, parseCertificate } from '../x509/certificate/certificate.ts';
import { type PublicKey, publicKeyId } from '../x509/keys/public-key.ts';
import { buildChain, checkAuthorityChain, isSelfSigned } from '../x509/path/chain.ts';
import { findPublicKeyId } from './find-public-key-id.ts';

export interface ImportedChain {
  readonly certificate: Certificate;
  /** Issuer first, root last; empty for a root. */
  readonly chain: readonly Certificate[];
}

/**
 * Finds in a PEM bundle, in any order, the CA certificate for `publicKey` and its issuers up to the
 * root.
 * @throws SignetError malformed-certificate with the reason
 */
export async function importChain(
  bundlePem: string,
  publicKey: PublicKey,
  nowSeconds: number,
): Promise<ImportedChain> {
  const certificates = readBundle(bundlePem);
  const wanted = await publicKeyId(publicKey);
  const matching: Certificate[] = [];
  for (const certificate of certificates) {
    if ((await findPublicKeyId(certificate)) === wanted) matching.push(certificate);
  }
  const certificate = await findNewest(matching);
  if (certificate === undefined) {
    throw new SignetError('malformed-certificate', 'No certificate in it belongs to the CA key.', {
      field: 'certificate',
    });
  }
  const chain = await buildChain(certificate, certificates);
  checkAuthorityChain(certificate, chain, nowSeconds);
  return { certificate, chain };
}

function readBundle(bundlePem: string): Certificate[] {
  try {
    return parsePem(bundlePem)
      .filter(({ label }) => label === 'CERTIFICATE')
      .map(({ der }) => parseCertificate(der));
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw new SignetError('malformed-certificate', `The PEM is broken: ${error.message}.`, {
      field: 'certificate',
    });
  }
}

/**
 * Chooses among several certificates for one key (a renewed CA) the one that expires last. The
 * certificate of a root by its old key may expire together with the root.
 */
async function findNewest(certificates: readonly Certificate[]): Promise<Certificate | undefined> {
  const latest = Math.max(...certificates.map(({ notAfterSeconds }) => notAfterSeconds));
  const last = certificates.filter(({ notAfterSeconds }) => notAfterSeconds === latest);
  for (const certificate of last) if (await isSelfSigned(certificate)) return certificate;
  return last[0];
}

import { SignetError } from '../errors.ts';
import { parsePublicKey } from '../x509/keys/public-key.ts';
import { type CertificateDescription, describeCertificate } from './describe-certificate.ts';
import { orderChain } from './order-chain.ts';
import { readCertificates } from './read-certificates.ts';
import { readPrivateKeyFor } from './read-private-key.ts';
import type { CertificateType } from './store.ts';

/** An unchecked upload; readCertificates and readPrivateKeyFor describe the forms. */
export interface Upload {
  /** 1 for servers, which need the private key; 2 for clients. */
  readonly type: CertificateType;
  readonly certificate: Uint8Array | string;
  readonly chain: string | null;
  readonly privateKey: string | null;
}

/** An upload that has passed every check. */
export interface CheckedUpload extends CertificateDescription {
  readonly type: CertificateType;
  readonly certificateDer: Uint8Array;
  /** The best path, issuer first, then certificates of other paths. */
  readonly chainDer: readonly Uint8Array[];
  readonly privateKeyPem: string | null;
}

/**
 * Reads and checks an upload, cheap checks first.
 * @throws SignetError malformed-certificate, malformed-chain, not-valid-now, malformed-key,
 *   key-mismatch, missing-parameter
 */
export async function readUpload(upload: Upload, nowSeconds: number): Promise<CheckedUpload> {
  const { leaf, others } = readCertificates(upload.certificate, upload.chain);
  checkValidity(leaf, nowSeconds);
  const privateKeyPem = await readOptionalKey(upload, leaf.spkiDer);
  const description = await describeCertificate(leaf);
  const { chain, marks } = await orderChain(leaf, others, nowSeconds);
  return {
    ...description,
    marks: [...description.marks, ...marks],
    type: upload.type,
    certificateDer: leaf.certificateDer,
    chainDer: chain.map(({ certificateDer }) => certificateDer),
    privateKeyPem,
  };
}

async function readOptionalKey(
  { type, privateKey }: Upload,
  spkiDer: Uint8Array,
): Promise<string | null> {
  if (privateKey !== null && privateKey.trim() !== '') {
    return readPrivateKeyFor(parsePublicKey(spkiDer), privateKey);
  }
  if (type === 2) return null;
  throw new SignetError(
    'missing-parameter',
    'A server certificate needs its private key. Without one, store it as a client certificate.',
    { field: 'privateKey' },
  );
}

/** Checks the validity period; both ends are valid (RFC 5280 section 4.1.2.5). @throws SignetError not-valid-now */
export function checkValidity(
  validity: { readonly notBeforeSeconds: number; readonly notAfterSeconds: number },
  nowSeconds: number,
): void {
  const { notBeforeSeconds, notAfterSeconds } = validity;
  if (notBeforeSeconds <= nowSeconds && nowSeconds <= notAfterSeconds) return;
  throw new SignetError(
    'not-valid-now',
    notAfterSeconds < nowSeconds
      ? `The certificate expired at ${formatTime(notAfterSeconds)}.`
      : `The certificate is not valid before ${formatTime(notBeforeSeconds)}.`,
    { field: 'certificate' },
  );
}

function formatTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

import type { Authority } from '../../src/authorities/authority.ts';
import { createSelfSignedRoot } from '../../src/authorities/self-signed-root.ts';
import { sha256Hex } from '../../src/bytes.ts';
import { importSigner, type Signer } from '../../src/keys/signer.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { deriveSubjectKeyIdentifier } from '../../src/x509/keys/public-key.ts';
import { encodeNameFromText } from '../../src/x509/names/names.ts';

export const NOW_SECONDS = Date.UTC(2030, 0, 2, 3, 4, 5) / 1000;
export const NOW_MS = NOW_SECONDS * 1000;
export const PUBLICATION_URL = 'http://ca.test';

/** An authority with a self-signed root, as it is held in memory. */
export async function makeAuthority(
  keyPem: string,
  validity: { readonly madeSeconds?: number; readonly days?: number } = {},
): Promise<Authority & { readonly signing: { readonly signer: Signer } }> {
  const signer = await importSigner(keyPem);
  const certificateDer = await createSelfSignedRoot(signer, encodeNameFromText('CN=Test Root'), {
    nowSeconds: validity.madeSeconds ?? NOW_SECONDS - 3600,
    validityDays: validity.days ?? 3650,
    randomBytes: (length) => new Uint8Array(length).fill(7),
  });
  const certificate = parseCertificate(certificateDer);
  return {
    id: 'default',
    lineageId: 'default',
    name: 'default',
    accountId: 'root',
    state: 'active',
    parentId: null,
    certificate,
    certificateDer,
    certificateSha256Hex: await sha256Hex(certificateDer),
    chainDer: [],
    issuers: [certificate],
    crossCertificateDer: null,
    subjectDer: certificate.subjectDer,
    subjectKeyIdentifier: await deriveSubjectKeyIdentifier(signer.publicKey),
    notAfterSeconds: certificate.notAfterSeconds,
    createdAtMs: NOW_MS,
    certifiedAtMs: NOW_MS,
    profiles: null,
    signing: { signer },
    crlSigner: signer,
  };
}

import { createSelfSignedRoot } from '../../src/authorities/self-signed-root.ts';
import { importSigner } from '../../src/keys/signer.ts';
import { encodeNameFromText } from '../../src/x509/names/names.ts';
import { makeAuthority } from '../make-authority.ts';

export const NOW_SECONDS = Date.UTC(2030, 0, 2, 3, 4, 5) / 1000;
export const NOW_MS = NOW_SECONDS * 1000;
export const PUBLICATION_URL = 'http://ca.test';

/** An authority with a self-signed root. */
export async function makeRoot(
  keyPem: string,
  validity: { readonly madeSeconds?: number; readonly days?: number } = {},
) {
  const signer = await importSigner(keyPem);
  const certificateDer = await createSelfSignedRoot(signer, encodeNameFromText('CN=Test Root'), {
    nowSeconds: validity.madeSeconds ?? NOW_SECONDS - 3600,
    validityDays: validity.days ?? 3650,
    randomBytes: (length) => new Uint8Array(length).fill(7),
  });
  return makeAuthority(certificateDer, signer);
}

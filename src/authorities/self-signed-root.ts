import { type Principal, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { Signer } from '../keys/signer.ts';
import { UNBOUNDED } from '../policy/bounds.ts';
import type { RandomBytes } from '../x509/certificate/serial-number.ts';
import { deriveSubjectKeyIdentifier } from '../x509/keys/public-key.ts';
import { type CaContent, selfIssuer, signCaCertificate } from './certify-ca.ts';

/** Makes the default authority. */
export const FIRST_START: Principal = {
  accountId: ROOT_ACCOUNT_ID,
  actor: 'first-start',
  grant: null,
  policyId: null,
};

/** For clocks that run late. */
const BACKDATE_SECONDS = 3600;

/**
 * Makes a self-signed root for the key of `signer`, without any limit.
 * @param subjectDer the Name that the root gives itself
 */
export async function createSelfSignedRoot(
  signer: Signer,
  subjectDer: Uint8Array,
  options: {
    readonly nowSeconds: number;
    readonly validityDays: number;
    readonly randomBytes: RandomBytes;
  },
): Promise<Uint8Array> {
  const { nowSeconds, validityDays } = options;
  const { publicKey } = signer;
  const content: CaContent = {
    subjectDer,
    publicKey,
    subjectKeyIdentifier: await deriveSubjectKeyIdentifier(publicKey),
    pathLenConstraint: null,
    extendedKeyUsages: null,
    policies: null,
    nameConstraints: null,
    furtherExtensionsDer: [],
  };
  const { certificateDer } = await signCaCertificate(
    {
      issuer: selfIssuer(content, signer),
      kind: 'ca',
      content,
      validity: {
        notBeforeSeconds: nowSeconds - BACKDATE_SECONDS,
        notAfterSeconds: nowSeconds + validityDays * 86400,
      },
      crlPartition: null,
    },
    // A certificate that signs itself has no addresses.
    { ...options, principal: FIRST_START, openBounds: UNBOUNDED, publicationUrl: '' },
  );
  return certificateDer;
}

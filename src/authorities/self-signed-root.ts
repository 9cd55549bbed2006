import type { Signer } from '../keys/signer.ts';
import { encodeOwnCaKeyUsage } from '../x509/certificate/ca-extensions.ts';
import { encodeTbsCertificate } from '../x509/certificate/certificate.ts';
import {
  encodeBasicConstraints,
  encodeSubjectKeyIdentifier,
} from '../x509/certificate/extensions.ts';
import { generateSerial, type RandomBytes } from '../x509/certificate/serial-number.ts';
import { encodeSigned } from '../x509/certificate/signed.ts';
import { deriveSubjectKeyIdentifier } from '../x509/keys/public-key.ts';

/** How far a new root's notBefore lies in the past, for clocks that run late. */
const BACKDATE_SECONDS = 3600;

/**
 * A self-signed root for `signer`'s key (RFC 5280 section 4.2: basic constraints and key usage
 * critical; no authority key identifier, which section 4.2.1.1 lets a self-signed root omit).
 * @param subjectDer the Name that it gives itself
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
  const { publicKey, signatureAlgorithmDer } = signer;
  const tbsDer = encodeTbsCertificate(
    { signatureAlgorithmDer, issuerDer: subjectDer },
    {
      serial: generateSerial(options.randomBytes),
      notBeforeSeconds: options.nowSeconds - BACKDATE_SECONDS,
      notAfterSeconds: options.nowSeconds + options.validityDays * 86400,
      subjectDer,
      spkiDer: publicKey.spkiDer,
      extensionsDer: [
        encodeBasicConstraints(true),
        encodeOwnCaKeyUsage(),
        encodeSubjectKeyIdentifier(await deriveSubjectKeyIdentifier(publicKey)),
      ],
    },
  );
  return encodeSigned(tbsDer, signatureAlgorithmDer, await signer.sign(tbsDer));
}

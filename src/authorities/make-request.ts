import type { Signer } from '../keys/signer.ts';
import { encodeCsr } from '../x509/certificate/encode-csr.ts';
import { encodeExtendedKeyUsages } from '../x509/certificate/extended-key-usages.ts';
import {
  encodeBasicConstraints,
  encodeKeyUsage,
  encodeSubjectKeyIdentifier,
} from '../x509/certificate/extensions.ts';
import { deriveSubjectKeyIdentifier } from '../x509/keys/public-key.ts';
import type { EncodedLimits } from './ca-limits.ts';
import { CA_KEY_USAGES } from './certify-ca.ts';

/** Makes the CSR of a CA whose parent is elsewhere, with the limits that it asks for. */
export async function makeCaRequest(
  signer: Signer,
  subjectDer: Uint8Array,
  { pathLenConstraint, extendedKeyUsages, furtherExtensionsDer }: EncodedLimits,
): Promise<Uint8Array> {
  return encodeCsr(signer, subjectDer, [
    encodeBasicConstraints(true, pathLenConstraint ?? undefined),
    encodeKeyUsage(CA_KEY_USAGES),
    encodeSubjectKeyIdentifier(await deriveSubjectKeyIdentifier(signer.publicKey)),
    ...(extendedKeyUsages === null ? [] : [encodeExtendedKeyUsages(extendedKeyUsages)]),
    ...furtherExtensionsDer,
  ]);
}

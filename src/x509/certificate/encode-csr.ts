import { encodeElement, encodeObjectIdentifier, encodeSequence, TAG } from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { encodeSigned } from './signed.ts';

/** What signs a request: the key that it is for. */
export interface RequestSigner {
  readonly publicKey: { readonly spkiDer: Uint8Array };
  readonly signatureAlgorithmDer: Uint8Array;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

const VERSION_0_DER = Uint8Array.of(TAG.integer, 1, 0);
const ATTRIBUTES_TAG = 0xa0;

/**
 * A CertificationRequest (RFC 2986 section 4) with an extensionRequest attribute (RFC 2985 section
 * 5.4.2), joined from parts that are encoded already, as certificates are.
 * @param extensionsDer each an encoded Extension
 */
export async function encodeCsr(
  signer: RequestSigner,
  subjectDer: Uint8Array,
  extensionsDer: readonly Uint8Array[],
): Promise<Uint8Array> {
  const request = encodeSequence(
    encodeObjectIdentifier(OID.extensionRequest),
    encodeElement(TAG.set, encodeSequence(...extensionsDer)),
  );
  const infoDer = encodeSequence(
    VERSION_0_DER,
    subjectDer,
    signer.publicKey.spkiDer,
    encodeElement(ATTRIBUTES_TAG, request),
  );
  return encodeSigned(infoDer, signer.signatureAlgorithmDer, await signer.sign(infoDer));
}

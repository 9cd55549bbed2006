import { encodeElement, encodeObjectIdentifier, encodeSequence, TAG } from '../../asn1/der.ts';

/** RFC 5652 sections 4 and 5.1. */
const ID_DATA_DER = encodeObjectIdentifier('1.2.840.113549.1.7.1');
const ID_SIGNED_DATA_DER = encodeObjectIdentifier('1.2.840.113549.1.7.2');

const VERSION_1_DER = Uint8Array.of(TAG.integer, 1, 1);
const EMPTY_SET_DER = encodeElement(TAG.set);
const EXPLICIT_0 = 0xa0;
const CERTIFICATES_TAG = 0xa0;

/**
 * Writes certificates as a SignedData without signers (RFC 8551 section 3.9, "certs-only"), as files
 * named .p7b have them. The certificates keep their order, which BER allows in a SET OF: tools show them in it.
 */
export function encodeCertsOnly(certificatesDer: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const signedData = encodeSequence(
    VERSION_1_DER,
    EMPTY_SET_DER,
    encodeSequence(ID_DATA_DER),
    encodeElement(CERTIFICATES_TAG, ...certificatesDer),
    EMPTY_SET_DER,
  );
  return encodeSequence(ID_SIGNED_DATA_DER, encodeElement(EXPLICIT_0, signedData));
}

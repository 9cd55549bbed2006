import { Attribute, Attributes, CertificationRequestInfo } from '../../asn1/csr-schema.ts';
import { encodeSequence } from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { serialize } from '../../asn1/parse-strict.ts';
import { encodeSigned } from './signed.ts';

/** The holder of the key that the CSR is for. */
export interface RequestSigner {
  readonly publicKey: { readonly spkiDer: Uint8Array };
  readonly signatureAlgorithmDer: Uint8Array;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/**
 * Makes a CSR (RFC 2986 section 4) with an extensionRequest attribute (RFC 2985 section 5.4.2).
 * @param extensionsDer encoded Extensions, one at least
 */
export async function encodeCsr(
  signer: RequestSigner,
  subjectDer: Uint8Array,
  extensionsDer: readonly Uint8Array[],
): Promise<Uint8Array> {
  const request = new Attribute();
  request.type = OID.extensionRequest;
  request.values = [encodeSequence(...extensionsDer)];
  const info = new CertificationRequestInfo();
  info.subject = subjectDer;
  info.subjectPKInfo = signer.publicKey.spkiDer;
  info.attributes = new Attributes([request]);
  const infoDer = serialize(info);
  return encodeSigned(infoDer, signer.signatureAlgorithmDer, await signer.sign(infoDer));
}

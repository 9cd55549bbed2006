import {
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  encodeUnsignedInteger,
  TAG,
} from '../../../src/asn1/der.ts';
import { encodeExtension } from '../../../src/x509/certificate/extensions.ts';
import type { CertIdHash } from '../../../src/x509/status/ocsp-request.ts';

const NULL_DER = Uint8Array.of(TAG.null, 0);

const HASH_OID: Readonly<Record<CertIdHash, string>> = {
  'SHA-1': '1.3.14.3.2.26',
  'SHA-256': '2.16.840.1.101.3.4.2.1',
  'SHA-384': '2.16.840.1.101.3.4.2.2',
  'SHA-512': '2.16.840.1.101.3.4.2.3',
};

export const NONCE_OID = '1.3.6.1.5.5.7.48.1.2';

export interface CertIdParts {
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly serialHex: string;
  readonly hashOid?: string;
  readonly parameters?: Uint8Array;
}

export function makeCertId({
  issuerNameHash,
  issuerKeyHash,
  serialHex,
  hashOid = HASH_OID['SHA-1'],
  parameters = NULL_DER,
}: CertIdParts): Uint8Array {
  const digits = serialHex.padStart(serialHex.length + (serialHex.length % 2), '0');
  return encodeSequence(
    encodeSequence(encodeObjectIdentifier(hashOid), parameters),
    encodeElement(TAG.octetString, issuerNameHash),
    encodeElement(TAG.octetString, issuerKeyHash),
    encodeUnsignedInteger(Uint8Array.fromHex(digits)),
  );
}

/** The CertID of a certificate of the CA that has this subject and these key bits. */
export async function makeCertIdOf(
  issuer: { readonly subjectDer: Uint8Array; readonly subjectPublicKey: Uint8Array },
  serialHex: string,
  hash: CertIdHash = 'SHA-1',
): Promise<Uint8Array> {
  return makeCertId({
    hashOid: HASH_OID[hash],
    issuerNameHash: new Uint8Array(await crypto.subtle.digest(hash, issuer.subjectDer)),
    issuerKeyHash: new Uint8Array(await crypto.subtle.digest(hash, issuer.subjectPublicKey)),
    serialHex,
  });
}

export function makeNonce(nonce: Uint8Array): Uint8Array {
  return encodeExtension(NONCE_OID, false, encodeElement(TAG.octetString, nonce));
}

export function makeOcspRequest(
  certIds: readonly Uint8Array[],
  extensions: readonly Uint8Array[] = [],
  singleExtensions: readonly Uint8Array[] = [],
): Uint8Array<ArrayBuffer> {
  const single =
    singleExtensions.length === 0 ? [] : [encodeElement(0xa0, encodeSequence(...singleExtensions))];
  return encodeSequence(
    encodeSequence(
      encodeSequence(...certIds.map((certId) => encodeSequence(certId, ...single))),
      ...(extensions.length === 0 ? [] : [encodeElement(0xa2, encodeSequence(...extensions))]),
    ),
  );
}

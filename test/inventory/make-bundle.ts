import { encodeSequence, readChildren, readOnly, TAG } from '../../src/asn1/der.ts';
import { encodePem } from '../../src/asn1/pem.ts';
import { encodeTbsCertificate } from '../../src/x509/certificate/certificate.ts';
import { encodeBasicConstraints, encodeKeyUsage } from '../../src/x509/certificate/extensions.ts';
import { encodeSigned } from '../../src/x509/certificate/signed.ts';
import { encodeEcdsaSignature } from '../../src/x509/keys/ecdsa-signature.ts';
import { encodeNameFromText } from '../../src/x509/names/names.ts';
import { type KeyPair, makeKeyPair } from '../make-csr.ts';
import { NOT_AFTER_SECONDS, NOT_BEFORE_SECONDS } from './uploads.ts';

/** ecdsa-with-SHA256 */
const ALGORITHM_DER = Uint8Array.fromHex('300a06082a8648ce3d040302');

/** A name with its key pair. */
export interface Party {
  readonly subjectDer: Uint8Array;
  readonly keyPair: KeyPair;
}

export interface CertificateOptions {
  /** Null makes a certificate that is not a CA's. */
  readonly pathLength?: number | null;
  /** Makes a certificate of version 1, which has no extensions. */
  readonly isV1?: boolean;
  readonly notBeforeSeconds?: number;
  readonly notAfterSeconds?: number;
}

let lastSerial = 0;

export async function makeParty(name: string): Promise<Party> {
  return { subjectDer: encodeNameFromText(`CN=${name}`), keyPair: await makeKeyPair() };
}

/** Makes the certificate of `subject` by `issuer`: of a CA, unless the options say otherwise. */
export async function certify(
  subject: Party,
  issuer: Party,
  { pathLength, isV1 = false, notBeforeSeconds, notAfterSeconds }: CertificateOptions = {},
): Promise<string> {
  const spki = await crypto.subtle.exportKey('spki', subject.keyPair.publicKey);
  if (!(spki instanceof ArrayBuffer)) throw new TypeError('spki export is not bytes');
  const ofCa = [
    encodeBasicConstraints(true, pathLength ?? undefined),
    encodeKeyUsage(['keyCertSign']),
  ];
  const version3Der = encodeTbsCertificate(
    { signatureAlgorithmDer: ALGORITHM_DER, issuerDer: issuer.subjectDer },
    {
      serial: Uint8Array.of(1, ++lastSerial),
      notBeforeSeconds: notBeforeSeconds ?? NOT_BEFORE_SECONDS,
      notAfterSeconds: notAfterSeconds ?? NOT_AFTER_SECONDS,
      subjectDer: subject.subjectDer,
      spkiDer: new Uint8Array(spki),
      extensionsDer: pathLength === null ? [encodeKeyUsage(['digitalSignature'])] : ofCa,
    },
  );
  const tbsDer = isV1 ? dropExtensions(version3Der) : version3Der;
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const rs = await crypto.subtle.sign(algorithm, issuer.keyPair.privateKey, tbsDer);
  const signature = encodeEcdsaSignature(new Uint8Array(rs));
  return encodePem('CERTIFICATE', encodeSigned(tbsDer, ALGORITHM_DER, signature));
}

/** RFC 5280 section 4.1: without the version, the first field, and the extensions, the last one. */
function dropExtensions(tbsDer: Uint8Array): Uint8Array<ArrayBuffer> {
  const fields = readChildren(readOnly(tbsDer, TAG.sequence).content).slice(1, -1);
  return encodeSequence(...fields.map(({ bytes }) => bytes));
}

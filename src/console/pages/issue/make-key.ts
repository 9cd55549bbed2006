import { encodePem } from '../../../asn1/pem.ts';
import { encodeCsr } from '../../../x509/certificate/encode-csr.ts';
import { encodeExtension } from '../../../x509/certificate/extensions.ts';
import {
  encodeSignatureAlgorithm,
  type KeyKind,
  type NamedCurve,
  signatureAlgorithmForKey,
  webCryptoSignParameters,
} from '../../../x509/keys/algorithms.ts';
import { encodeEcdsaSignature } from '../../../x509/keys/ecdsa-signature.ts';
import { encodeSubjectAltName, type GeneralName } from '../../../x509/names/general-names.ts';
import { encodeNameFromText } from '../../../x509/names/names.ts';

interface KeyType {
  readonly name: string;
  readonly kind: KeyKind;
  readonly namedCurve: NamedCurve | null;
  readonly parameters: EcKeyGenParams | RsaHashedKeyGenParams | { readonly name: 'Ed25519' };
}

const rsa = (modulusLength: number): RsaHashedKeyGenParams => ({
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
});

/** The kinds of keys that the page offers, the usual one first. */
export const KEY_TYPES: readonly KeyType[] = [
  ec('P-256'),
  ec('P-384'),
  { name: 'RSA 2048', kind: 'rsa', namedCurve: null, parameters: rsa(2048) },
  { name: 'RSA 3072', kind: 'rsa', namedCurve: null, parameters: rsa(3072) },
  { name: 'Ed25519', kind: 'ed25519', namedCurve: null, parameters: { name: 'Ed25519' } },
];

function ec(namedCurve: NamedCurve): KeyType {
  const parameters = { name: 'ECDSA', namedCurve };
  return { name: namedCurve, kind: 'ec', namedCurve, parameters };
}

export interface MadeKey {
  readonly pkcs8Der: Uint8Array<ArrayBuffer>;
  readonly keyPem: string;
  /** Makes a CSR for the key. @throws SignetError invalid-subject, invalid-subject-alt-name */
  request(subject: string, names: readonly GeneralName[]): Promise<string>;
}

/** Makes a key pair in the browser. */
export async function makeKey({ kind, namedCurve, parameters }: KeyType): Promise<MadeKey> {
  const made = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify']);
  if (!('privateKey' in made)) throw new TypeError('not a key pair');
  const { privateKey, publicKey } = made;
  const pkcs8Der = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey));
  const spkiDer = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey));
  const algorithm = signatureAlgorithmForKey(kind, namedCurve);
  const signer = {
    publicKey: { spkiDer },
    signatureAlgorithmDer: encodeSignatureAlgorithm(algorithm),
    async sign(bytes: Uint8Array) {
      const signed = await crypto.subtle.sign(
        webCryptoSignParameters(algorithm),
        privateKey,
        new Uint8Array(bytes),
      );
      const signature = new Uint8Array(signed);
      return kind === 'ec' ? encodeEcdsaSignature(signature) : signature;
    },
  };
  return {
    pkcs8Der,
    keyPem: encodePem('PRIVATE KEY', pkcs8Der),
    async request(subject, names) {
      const subjectDer = subject === '' ? EMPTY_NAME : encodeNameFromText(subject);
      const isCritical = subject === '';
      const extension = encodeExtension(SUBJECT_ALT_NAME, isCritical, encodeSubjectAltName(names));
      return encodePem('CERTIFICATE REQUEST', await encodeCsr(signer, subjectDer, [extension]));
    },
  };
}

const EMPTY_NAME = Uint8Array.of(0x30, 0x00);
const SUBJECT_ALT_NAME = '2.5.29.17';

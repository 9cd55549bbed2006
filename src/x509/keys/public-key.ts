import {
  DerError,
  encodeObjectIdentifier,
  encodeSequence,
  readBitStringBytes,
  readChildren,
  readObjectIdentifier,
  readOnly,
  readUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';
import { concatBytes, encodeUtf8, equalBytes, sha256Hex } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import { CURVES, KEY_OID, type NamedCurve } from './algorithms.ts';
import { type PssParameters, parsePssParameters } from './pss-parameters.ts';

interface KeyBase {
  /** The SubjectPublicKeyInfo, byte for byte. This is what gets certified. */
  readonly spkiDer: Uint8Array;
  /** The bytes of its BIT STRING. */
  readonly subjectPublicKey: Uint8Array;
}

export interface RsaPublicKey extends KeyBase {
  readonly kind: 'rsa';
  readonly namedCurve: null;
  readonly modulus: Uint8Array;
  readonly publicExponent: Uint8Array;
  /** True for id-RSASSA-PSS keys, which may only sign with PSS (RFC 4055 section 1.2). */
  readonly pssOnly: boolean;
  /** The parameters that an id-RSASSA-PSS key limits its signatures to, or null. */
  readonly pssParameters: PssParameters | null;
}

export interface EcPublicKey extends KeyBase {
  readonly kind: 'ec';
  readonly namedCurve: NamedCurve;
}

export interface Ed25519PublicKey extends KeyBase {
  readonly kind: 'ed25519';
  readonly namedCurve: null;
}

export type PublicKey = RsaPublicKey | EcPublicKey | Ed25519PublicKey;

const NULL_DER = Uint8Array.of(0x05, 0x00);
const RSA_ENCRYPTION_DER = encodeSequence(encodeObjectIdentifier(KEY_OID.rsaEncryption), NULL_DER);

/**
 * Parses a SubjectPublicKeyInfo. This checks the form only; `keys/` checks the strength.
 * @throws SignetError unsupported-algorithm for keys that cannot be certified here; malformed-request
 *   for broken ones
 */
export function parsePublicKey(spkiDer: Uint8Array): PublicKey {
  try {
    return readPublicKey(spkiDer);
  } catch (error) {
    if (error instanceof DerError) {
      throw new SignetError(
        'malformed-request',
        `The public key cannot be read: ${error.message}.`,
        {
          field: 'subjectPublicKeyInfo',
        },
      );
    }
    throw error;
  }
}

function readPublicKey(spkiDer: Uint8Array): PublicKey {
  const [algorithm, key, ...rest] = readChildren(readOnly(spkiDer, TAG.sequence).content);
  if (algorithm?.tag !== TAG.sequence || key === undefined || rest.length > 0) {
    throw new DerError('not a SubjectPublicKeyInfo');
  }
  const [oidElement, parameters, ...more] = readChildren(algorithm.content);
  if (oidElement === undefined || more.length > 0) throw new DerError('not an AlgorithmIdentifier');
  const oid = readObjectIdentifier(oidElement);
  const subjectPublicKey = readBitStringBytes(key);
  const base = { spkiDer, subjectPublicKey };

  switch (oid) {
    case KEY_OID.rsaEncryption:
      // RFC 3279 section 2.3.1: the parameters must be NULL.
      if (parameters === undefined || !equalBytes(parameters.bytes, NULL_DER)) {
        throw new DerError('rsaEncryption without NULL parameters');
      }
      return {
        ...base,
        ...readRsaPublicKey(subjectPublicKey),
        pssOnly: false,
        pssParameters: null,
      };
    case KEY_OID.rsassaPss:
      return {
        ...base,
        ...readRsaPublicKey(subjectPublicKey),
        pssOnly: true,
        pssParameters: parameters === undefined ? null : parsePssParameters(parameters.bytes),
      };
    case KEY_OID.ecPublicKey: {
      if (parameters?.tag !== TAG.objectIdentifier) {
        throw new SignetError(
          'unsupported-algorithm',
          'The EC key must name its curve; explicit or missing curve parameters are refused (RFC 5480 section 2.1.1).',
          { field: 'subjectPublicKeyInfo' },
        );
      }
      const curveOid = readObjectIdentifier(parameters);
      const curve = CURVES.find((known) => known.oid === curveOid);
      if (curve === undefined) {
        throw new SignetError(
          'unsupported-algorithm',
          `The curve ${curveOid} is not supported. Use P-256, P-384 or P-521.`,
          { field: 'subjectPublicKeyInfo' },
        );
      }
      return { ...base, kind: 'ec', namedCurve: curve.namedCurve };
    }
    case KEY_OID.ed25519:
      // RFC 8410 section 3: the parameters must be absent.
      if (parameters !== undefined) throw new DerError('Ed25519 with parameters');
      return { ...base, kind: 'ed25519', namedCurve: null };
    default:
      throw new SignetError(
        'unsupported-algorithm',
        `Keys of algorithm ${oid} are not supported. Use RSA, EC (P-256, P-384, P-521) or Ed25519.`,
        { field: 'subjectPublicKeyInfo' },
      );
  }
}

function readRsaPublicKey(
  der: Uint8Array,
): Pick<RsaPublicKey, 'kind' | 'namedCurve' | 'modulus' | 'publicExponent'> {
  const [modulus, publicExponent, ...rest] = readChildren(readOnly(der, TAG.sequence).content);
  if (modulus === undefined || publicExponent === undefined || rest.length > 0) {
    throw new DerError('not an RSAPublicKey');
  }
  return {
    kind: 'rsa',
    namedCurve: null,
    modulus: readUnsignedInteger(modulus),
    publicExponent: readUnsignedInteger(publicExponent),
  };
}

/**
 * Returns an identifier of the key in hex. An RSA key is identified by its modulus, so that a
 * compromised one is recognized under another OID or exponent too.
 */
export function publicKeyId(key: PublicKey): Promise<string> {
  return sha256Hex(
    key.kind === 'rsa' ? concatBytes(encodeUtf8('rsa-modulus:'), key.modulus) : key.spkiDer,
  );
}

/** Tells whether two keys have the same publicKeyId. */
export function isSamePublicKey(a: PublicKey, b: PublicKey): boolean {
  if (a.kind === 'rsa') return b.kind === 'rsa' && equalBytes(a.modulus, b.modulus);
  return equalBytes(a.spkiDer, b.spkiDer);
}

/** Returns the first 160 bits of SHA-256 over the BIT STRING (RFC 7093 section 2, method 1). */
export async function deriveSubjectKeyIdentifier(key: PublicKey): Promise<Uint8Array> {
  const digest = await crypto.subtle.digest('SHA-256', key.subjectPublicKey);
  return new Uint8Array(digest, 0, 20);
}

/**
 * Returns the SubjectPublicKeyInfo for WebCrypto, which refuses id-RSASSA-PSS: such a key is relabelled
 * as rsaEncryption. The certificate gets the original.
 */
export function importableSpki(key: PublicKey): Uint8Array {
  return key.kind === 'rsa' && key.pssOnly
    ? encodeSequence(RSA_ENCRYPTION_DER, readBitStringElement(key.spkiDer))
    : key.spkiDer;
}

function readBitStringElement(spkiDer: Uint8Array): Uint8Array {
  const bitString = readChildren(readOnly(spkiDer, TAG.sequence).content)[1];
  if (bitString === undefined) throw new DerError('not a SubjectPublicKeyInfo');
  return bitString.bytes;
}

import { encodeObjectIdentifier, encodeSequence } from '../../asn1/der.ts';

/**
 * The one table of algorithms: object identifiers, WebCrypto parameters, and the kind of key of each
 * signature algorithm. Nothing else in the project enumerates algorithms.
 */

export type NamedCurve = 'P-256' | 'P-384' | 'P-521';
export type Hash = 'SHA-256' | 'SHA-384' | 'SHA-512';
export type KeyKind = 'rsa' | 'ec' | 'ed25519';

/** SubjectPublicKeyInfo algorithms: RFC 3279, RFC 4055, RFC 5480, RFC 8410. */
export const KEY_OID = {
  rsaEncryption: '1.2.840.113549.1.1.1',
  rsassaPss: '1.2.840.113549.1.1.10',
  ecPublicKey: '1.2.840.10045.2.1',
  ed25519: '1.3.101.112',
} as const;

/** What people call the keys of an algorithm, and what openssl prints. */
export const KEY_NAMES: Readonly<
  Record<string, { readonly name: string; readonly opensslName: string }>
> = {
  [KEY_OID.rsaEncryption]: { name: 'RSA', opensslName: 'rsaEncryption' },
  [KEY_OID.rsassaPss]: { name: 'RSASSA-PSS', opensslName: 'rsassaPss' },
  [KEY_OID.ecPublicKey]: { name: 'EC', opensslName: 'id-ecPublicKey' },
  [KEY_OID.ed25519]: { name: 'Ed25519', opensslName: 'ED25519' },
};

export interface CurveParameters {
  readonly namedCurve: NamedCurve;
  /** The size of its keys. */
  readonly bits: number;
  readonly opensslName: string;
  readonly oid: string;
  /** The length of a coordinate, and of r and s. */
  readonly coordinateBytes: number;
}

/** RFC 5480 section 2.1.1.1. */
export const CURVES: readonly CurveParameters[] = [
  {
    namedCurve: 'P-256',
    bits: 256,
    opensslName: 'prime256v1',
    oid: '1.2.840.10045.3.1.7',
    coordinateBytes: 32,
  },
  {
    namedCurve: 'P-384',
    bits: 384,
    opensslName: 'secp384r1',
    oid: '1.3.132.0.34',
    coordinateBytes: 48,
  },
  {
    namedCurve: 'P-521',
    bits: 521,
    opensslName: 'secp521r1',
    oid: '1.3.132.0.35',
    coordinateBytes: 66,
  },
];

/** The hashes of accepted signatures, with their OIDs in RSASSA-PSS parameters. */
export const HASHES: readonly {
  readonly hash: Hash;
  readonly oid: string;
  readonly bytes: number;
}[] = [
  { hash: 'SHA-256', oid: '2.16.840.1.101.3.4.2.1', bytes: 32 },
  { hash: 'SHA-384', oid: '2.16.840.1.101.3.4.2.2', bytes: 48 },
  { hash: 'SHA-512', oid: '2.16.840.1.101.3.4.2.3', bytes: 64 },
];

export const MGF1_OID = '1.2.840.113549.1.1.8';

export interface SignatureAlgorithm {
  readonly name: string;
  readonly oid: string;
  readonly keyKind: KeyKind;
  /** The hash that the OID implies; null if the parameters (PSS) or the scheme (EdDSA) do. */
  readonly hash: Hash | null;
  readonly parameters: 'absent' | 'null' | 'pss';
}

const NULL_DER = Uint8Array.of(0x05, 0x00);

/** The accepted signature algorithms of CSRs and of imported certificates and CRLs. */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = [
  {
    name: 'ecdsa-with-SHA256',
    oid: '1.2.840.10045.4.3.2',
    keyKind: 'ec',
    hash: 'SHA-256',
    parameters: 'absent',
  },
  {
    name: 'ecdsa-with-SHA384',
    oid: '1.2.840.10045.4.3.3',
    keyKind: 'ec',
    hash: 'SHA-384',
    parameters: 'absent',
  },
  {
    name: 'ecdsa-with-SHA512',
    oid: '1.2.840.10045.4.3.4',
    keyKind: 'ec',
    hash: 'SHA-512',
    parameters: 'absent',
  },
  {
    name: 'sha256WithRSAEncryption',
    oid: '1.2.840.113549.1.1.11',
    keyKind: 'rsa',
    hash: 'SHA-256',
    parameters: 'null',
  },
  {
    name: 'sha384WithRSAEncryption',
    oid: '1.2.840.113549.1.1.12',
    keyKind: 'rsa',
    hash: 'SHA-384',
    parameters: 'null',
  },
  {
    name: 'sha512WithRSAEncryption',
    oid: '1.2.840.113549.1.1.13',
    keyKind: 'rsa',
    hash: 'SHA-512',
    parameters: 'null',
  },
  { name: 'RSASSA-PSS', oid: KEY_OID.rsassaPss, keyKind: 'rsa', hash: null, parameters: 'pss' },
  { name: 'Ed25519', oid: KEY_OID.ed25519, keyKind: 'ed25519', hash: null, parameters: 'absent' },
];

/** Names of refused algorithms. */
export const REFUSED_SIGNATURE_ALGORITHMS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'MD5 with RSA',
  '1.2.840.113549.1.1.5': 'SHA-1 with RSA',
  '1.2.840.113549.1.1.14': 'SHA-224 with RSA',
  '1.2.840.10045.4.1': 'ECDSA with SHA-1',
  '1.2.840.10045.4.3.1': 'ECDSA with SHA-224',
  '1.2.840.10040.4.3': 'DSA with SHA-1',
  '2.16.840.1.101.3.4.3.2': 'DSA with SHA-256',
  '1.3.101.113': 'Ed448',
  '1.2.156.10197.1.501': 'SM2 with SM3',
};

/** Returns the algorithm that a CA key signs with: the hash matches the curve; RSA uses SHA-256. */
export function signatureAlgorithmForKey(
  kind: KeyKind,
  namedCurve: NamedCurve | null,
): SignatureAlgorithm {
  const hash =
    kind === 'ec' ? HASH_OF_CURVE[namedCurve ?? 'P-256'] : kind === 'rsa' ? 'SHA-256' : null;
  const found = SIGNATURE_ALGORITHMS.find(
    (algorithm) =>
      algorithm.keyKind === kind && algorithm.hash === hash && algorithm.parameters !== 'pss',
  );
  if (found === undefined) throw new Error(`no signature algorithm for ${kind}`);
  return found;
}

const HASH_OF_CURVE: Readonly<Record<NamedCurve, Hash>> = {
  'P-256': 'SHA-256',
  'P-384': 'SHA-384',
  'P-521': 'SHA-512',
};

/** Writes the AlgorithmIdentifier of an algorithm without parameters of its own (not PSS). */
export function encodeSignatureAlgorithm(algorithm: SignatureAlgorithm): Uint8Array<ArrayBuffer> {
  const oid = encodeObjectIdentifier(algorithm.oid);
  return algorithm.parameters === 'null' ? encodeSequence(oid, NULL_DER) : encodeSequence(oid);
}

type ImportParameters = { name: string; hash?: Hash; namedCurve?: NamedCurve };
type SignParameters = { name: string; hash?: Hash; saltLength?: number };

/** Returns WebCrypto's parameters to import a key. PSS needs `hash`, which its OID does not imply. */
export function webCryptoImportParameters(
  algorithm: SignatureAlgorithm,
  options: { readonly hash?: Hash; readonly namedCurve?: NamedCurve | null },
): ImportParameters {
  switch (algorithm.keyKind) {
    case 'ec':
      return { name: 'ECDSA', namedCurve: options.namedCurve ?? 'P-256' };
    case 'ed25519':
      return { name: 'Ed25519' };
    case 'rsa':
      return algorithm.parameters === 'pss'
        ? { name: 'RSA-PSS', hash: options.hash ?? 'SHA-256' }
        : { name: 'RSASSA-PKCS1-v1_5', hash: algorithm.hash ?? 'SHA-256' };
  }
}

/** Returns WebCrypto's parameters to sign or verify with `algorithm`. */
export function webCryptoSignParameters(
  algorithm: SignatureAlgorithm,
  options: { readonly saltLength?: number } = {},
): SignParameters {
  switch (algorithm.keyKind) {
    case 'ec':
      return { name: 'ECDSA', hash: algorithm.hash ?? 'SHA-256' };
    case 'ed25519':
      return { name: 'Ed25519' };
    case 'rsa':
      return algorithm.parameters === 'pss'
        ? { name: 'RSA-PSS', saltLength: options.saltLength ?? 0 }
        : { name: 'RSASSA-PKCS1-v1_5' };
  }
}

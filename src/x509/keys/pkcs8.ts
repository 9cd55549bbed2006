import {
  type DerElement,
  DerError,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  readChildren,
  readObjectIdentifier,
  readOnly,
  readUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';
import { type PemBlock, PemError, parsePem } from '../../asn1/pem.ts';
import { assertStrictDer } from '../../asn1/strict-der.ts';
import { SignetError } from '../../errors.ts';
import { CURVES, KEY_OID, type KeyKind, type NamedCurve } from './algorithms.ts';

export interface DecodedPrivateKey {
  /** PKCS#8 (RFC 5208) for WebCrypto: version 0, without attributes or public key. */
  readonly pkcs8Der: Uint8Array<ArrayBuffer>;
  readonly kind: KeyKind;
  readonly namedCurve: NamedCurve | null;
  /** Whether it is an id-RSASSA-PSS key (RFC 4055 section 1.2). `pkcs8Der` is its rsaEncryption form. */
  readonly pssOnly: boolean;
}

const PARAMETERS_TAG = 0xa0;
const NULL_DER = Uint8Array.of(TAG.null, 0x00);
const VERSION_0_DER = Uint8Array.of(TAG.integer, 1, 0);
const ED25519_KEY_BYTES = 32;

const ALGORITHM_NAMES: Readonly<Record<string, string>> = {
  [KEY_OID.rsassaPss]: 'RSASSA-PSS',
  '1.2.840.10040.4.1': 'DSA',
  '1.2.840.113549.1.3.1': 'Diffie-Hellman',
  '1.3.101.110': 'X25519',
  '1.3.101.111': 'X448',
  '1.3.101.113': 'Ed448',
};

/**
 * Reads a private key that Signet signs with: as decodeAnyPrivateKeyPem, without id-RSASSA-PSS.
 * @throws SignetError malformed-key; messages contain nothing of the key
 */
export function decodePrivateKeyPem(pem: string): DecodedPrivateKey {
  const decoded = decodeAnyPrivateKeyPem(pem);
  if (decoded.pssOnly) throw unsupported(KEY_OID.rsassaPss);
  return decoded;
}

/**
 * Reads the private key of a PEM text: PKCS#8 "PRIVATE KEY", SEC1 "EC PRIVATE KEY" (RFC 5915) or
 * PKCS#1 "RSA PRIVATE KEY" (RFC 8017). Certificates and other text may surround it. This checks the
 * form; the platform checks the numbers on import.
 * @throws SignetError malformed-key; messages contain nothing of the key
 */
export function decodeAnyPrivateKeyPem(pem: string): DecodedPrivateKey {
  const block = findPrivateKeyBlock(pem);
  try {
    assertStrictDer(block.der);
    switch (block.label) {
      case 'PRIVATE KEY':
        return decodePkcs8(block.der);
      case 'EC PRIVATE KEY':
        return wrapSec1(block.der, null);
      case 'RSA PRIVATE KEY':
        return wrapPkcs1(block.der);
    }
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw malformed(`The "${block.label}" is not valid: ${error.message}.`);
  }
  throw malformed(
    `Keys of the kind "${block.label}" are not supported. Convert it with "openssl pkcs8 -topk8 -nocrypt", or make an RSA, EC (P-256, P-384, P-521) or Ed25519 key.`,
  );
}

function findPrivateKeyBlock(pem: string): PemBlock {
  let blocks: PemBlock[];
  try {
    blocks = parsePem(pem);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw malformed(`The PEM is broken: ${error.message}.`);
  }
  const [block, ...others] = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) {
    const [found] = blocks;
    throw malformed(
      found === undefined
        ? 'It contains no PEM. Send a "PRIVATE KEY".'
        : `It contains a "${found.label}", but no "PRIVATE KEY".`,
    );
  }
  if (others.length > 0) throw malformed('It contains more than one private key. Send only one.');
  if (block.encrypted || block.label === 'ENCRYPTED PRIVATE KEY') {
    throw malformed(
      'The private key is encrypted with a passphrase. Decrypt it first, with "openssl pkey -in KEY -out PLAIN".',
    );
  }
  return block;
}

function decodePkcs8(der: Uint8Array): DecodedPrivateKey {
  const [version, algorithm, privateKey] = readChildren(readOnly(der, TAG.sequence).content);
  // Version 1 (RFC 5958) adds the public key, which the platform derives anyway.
  if (version === undefined || readSmallInteger(version) > 1) throw new DerError('unknown version');
  if (algorithm?.tag !== TAG.sequence || privateKey?.tag !== TAG.octetString) {
    throw new DerError('not a PrivateKeyInfo');
  }
  const [oidElement, parameters] = readChildren(algorithm.content);
  if (oidElement === undefined) throw new DerError('not an AlgorithmIdentifier');
  const oid = readObjectIdentifier(oidElement);
  switch (oid) {
    case KEY_OID.rsaEncryption:
      return wrapPkcs1(privateKey.content);
    case KEY_OID.rsassaPss:
      return { ...wrapPkcs1(privateKey.content), pssOnly: true };
    case KEY_OID.ecPublicKey:
      return wrapSec1(privateKey.content, readCurve(parameters));
    case KEY_OID.ed25519:
      return wrapEd25519(privateKey.content);
    default:
      throw unsupported(oid);
  }
}

/** RFC 8017 appendix A.1.2: version, n, e, d, p, q, dP, dQ, qInv. */
function wrapPkcs1(der: Uint8Array): DecodedPrivateKey {
  const [version, ...numbers] = readChildren(readOnly(der, TAG.sequence).content);
  if (version === undefined || readSmallInteger(version) !== 0) {
    throw new DerError('an RSA key with more than two primes, or of an unknown version');
  }
  if (numbers.length !== 8) throw new DerError('not an RSAPrivateKey');
  for (const number of numbers) readUnsignedInteger(number);
  return {
    pkcs8Der: encodePkcs8(KEY_OID.rsaEncryption, NULL_DER, der),
    kind: 'rsa',
    namedCurve: null,
    pssOnly: false,
  };
}

/**
 * Rewrites an ECPrivateKey (RFC 5915 section 3). The scalar gets its full length, which some tools
 * shorten. The optional parts are dropped, because they may contradict the PKCS#8 around them.
 * @param outerCurve the curve in PKCS#8; null if the key itself must name it
 */
function wrapSec1(der: Uint8Array, outerCurve: NamedCurve | null): DecodedPrivateKey {
  const [version, privateKey, ...optional] = readChildren(readOnly(der, TAG.sequence).content);
  if (
    version === undefined ||
    readSmallInteger(version) !== 1 ||
    privateKey?.tag !== TAG.octetString
  ) {
    throw new DerError('not an ECPrivateKey');
  }
  const tagged = optional.find(({ tag }) => tag === PARAMETERS_TAG);
  const ownCurve = tagged === undefined ? null : readCurve(readChildren(tagged.content)[0]);
  if (outerCurve !== null && ownCurve !== null && ownCurve !== outerCurve) {
    throw new DerError('it names two different curves');
  }
  const namedCurve = outerCurve ?? ownCurve;
  const curve = CURVES.find((known) => known.namedCurve === namedCurve);
  if (curve === undefined) throw new DerError('it does not name its curve');
  const scalar = new Uint8Array(curve.coordinateBytes);
  const surplus = privateKey.content.length - scalar.length;
  if (privateKey.content.subarray(0, Math.max(surplus, 0)).some((byte) => byte !== 0)) {
    throw new DerError('the private key is longer than its curve');
  }
  const digits = privateKey.content.subarray(Math.max(surplus, 0));
  scalar.set(digits, scalar.length - digits.length);
  const ecPrivateKey = encodeSequence(
    Uint8Array.of(TAG.integer, 1, 1),
    encodeElement(TAG.octetString, scalar),
  );
  return {
    pkcs8Der: encodePkcs8(KEY_OID.ecPublicKey, encodeObjectIdentifier(curve.oid), ecPrivateKey),
    kind: 'ec',
    namedCurve: curve.namedCurve,
    pssOnly: false,
  };
}

function readCurve(parameters: DerElement | undefined): NamedCurve {
  if (parameters?.tag === TAG.sequence) {
    throw malformed(
      'The EC key spells out the parameters of its curve. Make a key on a named curve (P-256, P-384 or P-521).',
    );
  }
  if (parameters === undefined) throw new DerError('it does not name its curve');
  const oid = readObjectIdentifier(parameters);
  const curve = CURVES.find((known) => known.oid === oid);
  if (curve === undefined) {
    throw malformed(`The curve ${oid} is not supported. Use P-256, P-384 or P-521.`);
  }
  return curve.namedCurve;
}

/** RFC 8410 section 7: the key is an OCTET STRING inside the OCTET STRING. */
function wrapEd25519(curvePrivateKeyDer: Uint8Array): DecodedPrivateKey {
  const { content, bytes } = readOnly(curvePrivateKeyDer, TAG.octetString);
  if (content.length !== ED25519_KEY_BYTES) throw new DerError('not 32 bytes');
  return {
    pkcs8Der: encodePkcs8(KEY_OID.ed25519, new Uint8Array(0), bytes),
    kind: 'ed25519',
    namedCurve: null,
    pssOnly: false,
  };
}

function encodePkcs8(
  oid: string,
  parametersDer: Uint8Array,
  privateKeyDer: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return encodeSequence(
    VERSION_0_DER,
    encodeSequence(encodeObjectIdentifier(oid), parametersDer),
    encodeElement(TAG.octetString, privateKeyDer),
  );
}

function readSmallInteger(element: DerElement): number {
  const [first = 0, ...rest] = readUnsignedInteger(element);
  return rest.length === 0 ? first : Number.POSITIVE_INFINITY;
}

function unsupported(oid: string): SignetError {
  return malformed(
    `Private keys of the algorithm ${ALGORITHM_NAMES[oid] ?? oid} are not supported. Use RSA, EC (P-256, P-384, P-521) or Ed25519.`,
  );
}

function malformed(message: string): SignetError {
  return new SignetError('malformed-key', message, { field: 'privateKey' });
}

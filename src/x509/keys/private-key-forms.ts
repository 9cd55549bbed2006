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
import { bytesToBigInt } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import { CURVES, KEY_OID, type KeyKind, type NamedCurve } from './algorithms.ts';
import { type RsaNumbers, readRsaPrivateKey } from './rsa-private-key.ts';

/** A private key whose public parts are not compared yet. */
export interface PrivateKeyForm {
  /** PKCS#8 (RFC 5208) for WebCrypto: version 0, without attributes or public key. */
  readonly pkcs8Der: Uint8Array<ArrayBuffer>;
  readonly kind: KeyKind;
  readonly namedCurve: NamedCurve | null;
  /** Whether it is an id-RSASSA-PSS key (RFC 4055 section 1.2). `pkcs8Der` is its rsaEncryption form. */
  readonly pssOnly: boolean;
  /** The public numbers of an RSA key. */
  readonly rsa: RsaNumbers | null;
  /** The public keys inside, as in a subjectPublicKey: none, one, or one in each of two layers. */
  readonly publicParts: readonly Uint8Array[];
}

const PARAMETERS_TAG = 0xa0;
const SEC1_PUBLIC_KEY_TAG = 0xa1;
const ATTRIBUTES_TAG = 0xa0;
const PUBLIC_KEY_TAG = 0x81;
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

/** Reads a PrivateKeyInfo (RFC 5208) or OneAsymmetricKey (RFC 5958). @throws DerError, SignetError */
export function decodePkcs8(der: Uint8Array): PrivateKeyForm {
  const [version, algorithm, privateKey, ...optional] = readChildren(
    readOnly(der, TAG.sequence).content,
  );
  if (version === undefined || readSmallInteger(version) > 1) throw new DerError('unknown version');
  if (algorithm?.tag !== TAG.sequence || privateKey?.tag !== TAG.octetString) {
    throw new DerError('not a PrivateKeyInfo');
  }
  const [oidElement, parameters] = readChildren(algorithm.content);
  if (oidElement === undefined) throw new DerError('not an AlgorithmIdentifier');
  const oid = readObjectIdentifier(oidElement);
  const form = wrapKey(oid, parameters, privateKey.content);
  const rest = [...optional];
  if (rest[0]?.tag === ATTRIBUTES_TAG) rest.shift();
  const publicKey = rest[0]?.tag === PUBLIC_KEY_TAG ? rest.shift() : undefined;
  if (rest.length > 0) throw new DerError('an extra or misplaced element in the PrivateKeyInfo');
  return { ...form, publicParts: [...form.publicParts, ...readPublicPart(publicKey?.content)] };
}

function wrapKey(
  oid: string,
  parameters: DerElement | undefined,
  keyDer: Uint8Array,
): PrivateKeyForm {
  switch (oid) {
    case KEY_OID.rsaEncryption:
      return wrapPkcs1(keyDer);
    case KEY_OID.rsassaPss:
      return { ...wrapPkcs1(keyDer), pssOnly: true };
    case KEY_OID.ecPublicKey:
      return wrapSec1(keyDer, readCurve(parameters));
    case KEY_OID.ed25519:
      return wrapEd25519(keyDer);
    default:
      throw unsupported(oid);
  }
}

/** @param content of the BIT STRING that holds the public key, if there is one */
function readPublicPart(content: Uint8Array | undefined): Uint8Array[] {
  if (content === undefined) return [];
  if (content[0] !== 0) throw new DerError('its public key has unused bits');
  return [content.subarray(1)];
}

/** RFC 8017 appendix A.1.2: version, n, e, d, p, q, dP, dQ, qInv. */
export function wrapPkcs1(der: Uint8Array): PrivateKeyForm {
  const [version, ...numbers] = readChildren(readOnly(der, TAG.sequence).content);
  if (version === undefined || readSmallInteger(version) !== 0) {
    throw new DerError('an RSA key with more than two primes, or of an unknown version');
  }
  if (numbers.length !== 8) throw new DerError('not an RSAPrivateKey');
  const rsa = readRsaPrivateKey(
    numbers.map((number) => bytesToBigInt(readUnsignedInteger(number))),
  );
  return {
    pkcs8Der: encodePkcs8(KEY_OID.rsaEncryption, NULL_DER, der),
    kind: 'rsa',
    namedCurve: null,
    pssOnly: false,
    rsa,
    publicParts: [],
  };
}

/**
 * Rewrites an ECPrivateKey (RFC 5915 section 3). The scalar gets its full length, which some tools
 * shorten. The optional parts are dropped.
 * @param outerCurve the curve in PKCS#8; null if the key itself must name it
 */
export function wrapSec1(der: Uint8Array, outerCurve: NamedCurve | null): PrivateKeyForm {
  const [version, privateKey, ...optional] = readChildren(readOnly(der, TAG.sequence).content);
  if (
    version === undefined ||
    readSmallInteger(version) !== 1 ||
    privateKey?.tag !== TAG.octetString
  ) {
    throw new DerError('not an ECPrivateKey');
  }
  const rest = [...optional];
  const tagged = rest[0]?.tag === PARAMETERS_TAG ? rest.shift() : undefined;
  const publicKey = rest[0]?.tag === SEC1_PUBLIC_KEY_TAG ? rest.shift() : undefined;
  if (rest.length > 0) throw new DerError('an extra or misplaced element in the ECPrivateKey');
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
    rsa: null,
    publicParts: readPublicPart(publicKey && readOnly(publicKey.content, TAG.bitString).content),
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
function wrapEd25519(curvePrivateKeyDer: Uint8Array): PrivateKeyForm {
  const { content, bytes } = readOnly(curvePrivateKeyDer, TAG.octetString);
  if (content.length !== ED25519_KEY_BYTES) throw new DerError('not 32 bytes');
  return {
    pkcs8Der: encodePkcs8(KEY_OID.ed25519, new Uint8Array(0), bytes),
    kind: 'ed25519',
    namedCurve: null,
    pssOnly: false,
    rsa: null,
    publicParts: [],
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

export function unsupported(oid: string): SignetError {
  return malformed(
    `Private keys of the algorithm ${ALGORITHM_NAMES[oid] ?? oid} are not supported. Use RSA, EC (P-256, P-384, P-521) or Ed25519.`,
  );
}

export function malformed(message: string): SignetError {
  return new SignetError('malformed-key', message, { field: 'privateKey' });
}

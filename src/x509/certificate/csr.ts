import {
  assertStrictDer,
  type DerElement,
  DerError,
  readBitStringBytes,
  readChildren,
  readObjectIdentifier,
  readOnly,
  TAG,
} from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { PemError, parsePem } from '../../asn1/pem.ts';
import { SignetError } from '../../errors.ts';
import { type PublicKey, parsePublicKey } from '../keys/public-key.ts';
import {
  type NamedSignatureAlgorithm,
  parseSignatureAlgorithm,
  verifySignature,
} from '../keys/verify-signature.ts';
import { type ExtensionMap, readExtensions } from './extensions.ts';

/** Room for an RSA-8192 key, its signature and a hundred names; a limit of ours. */
export const MAX_CSR_BYTES = 16 * 1024;

const CSR_LABELS: readonly string[] = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'];

/** A PKCS#10 request (RFC 2986), parsed; its signature is not verified yet. */
export interface CertificateRequest {
  readonly csrDer: Uint8Array;
  /** CertificationRequestInfo: the bytes that are signed. */
  readonly infoDer: Uint8Array;
  /** The Name as it was sent. */
  readonly subjectDer: Uint8Array;
  readonly publicKey: PublicKey;
  /** What the extensionRequest attribute asks for: input to a profile, never copied unread. */
  readonly extensions: ExtensionMap;
  readonly signatureAlgorithm: NamedSignatureAlgorithm;
  readonly signature: Uint8Array;
}

/**
 * The DER of a request that came as DER or PEM, recognised by content.
 * @param input DER, or PEM as bytes or text, possibly with other text around it
 * @throws SignetError malformed-csr, request-too-large
 */
export function decodeCsr(input: Uint8Array | string): Uint8Array {
  if (input.length > 2 * MAX_CSR_BYTES) throw tooLarge();
  if (typeof input !== 'string' && input[0] === TAG.sequence) return input;
  const text = typeof input === 'string' ? input : new TextDecoder().decode(input);
  const blocks = parseBlocks(text);
  const [block, ...others] = blocks;
  if (block === undefined) {
    throw malformed('It is neither DER nor PEM: send a PKCS#10 "CERTIFICATE REQUEST".');
  }
  const foreign = blocks.find(({ label }) => !CSR_LABELS.includes(label));
  if (foreign !== undefined) {
    throw malformed(
      foreign.label.endsWith('PRIVATE KEY')
        ? 'It holds a private key, which must stay with you: send the "CERTIFICATE REQUEST" alone.'
        : `It holds a "${foreign.label.slice(0, 40)}": send the "CERTIFICATE REQUEST" alone.`,
    );
  }
  if (others.length > 0)
    throw malformed('It holds several certificate requests: send one at a time.');
  return block.der;
}

function parseBlocks(text: string) {
  try {
    return parsePem(text);
  } catch (error) {
    if (error instanceof PemError) throw malformed(`The PEM is broken: ${error.message}.`);
    throw error;
  }
}

/**
 * @throws SignetError malformed-csr; unsupported-algorithm for keys and signatures that are refused by name
 */
export function parseCsr(csrDer: Uint8Array): CertificateRequest {
  if (csrDer.length > MAX_CSR_BYTES) throw tooLarge();
  try {
    return readCsr(csrDer);
  } catch (error) {
    if (error instanceof SignetError) {
      throw error.code === 'malformed-request' ? malformed(error.message) : error;
    }
    throw error instanceof DerError
      ? malformed(`It is not valid DER: ${error.message}.`)
      : malformed('It is not a PKCS#10 certification request.', error);
  }
}

const ATTRIBUTES_TAG = 0xa0;

/**
 * RFC 2986 section 4. The frame is read element by element, as its parts are kept byte for byte
 * anyway: reading it by the schema once more was measured to cost two thirds of the parsing.
 */
function readCsr(csrDer: Uint8Array): CertificateRequest {
  assertStrictDer(csrDer);
  const [info, algorithm, signature, ...rest] = readChildren(
    readOnly(csrDer, TAG.sequence).content,
  );
  if (
    info?.tag !== TAG.sequence ||
    algorithm === undefined ||
    signature === undefined ||
    rest.length > 0
  ) {
    throw new DerError('not SEQUENCE { certificationRequestInfo, signatureAlgorithm, signature }');
  }
  const [version, subject, spki, attributes, ...more] = readChildren(info.content);
  if (
    version === undefined ||
    subject?.tag !== TAG.sequence ||
    spki === undefined ||
    more.length > 0
  ) {
    throw new DerError('not SEQUENCE { version, subject, subjectPKInfo, attributes }');
  }
  if (version.tag !== TAG.integer || version.content.length !== 1 || version.content[0] !== 0) {
    throw new DerError('the version is not v1 (RFC 2986 section 4.1)');
  }
  return {
    csrDer,
    infoDer: info.bytes,
    subjectDer: subject.bytes,
    publicKey: parsePublicKey(spki.bytes),
    extensions: readRequestedExtensions(attributes),
    signatureAlgorithm: parseSignatureAlgorithm(algorithm.bytes),
    signature: readBitStringBytes(signature),
  };
}

function readRequestedExtensions(attributes: DerElement | undefined): ExtensionMap {
  // RFC 2986 makes the attributes mandatory; real clients leave them out.
  if (attributes === undefined) return new Map();
  if (attributes.tag !== ATTRIBUTES_TAG) throw new DerError('no attributes where they belong');
  const requests = readChildren(attributes.content)
    .map(readAttribute)
    .filter(({ oid }) => oid === OID.extensionRequest || oid === OID.microsoftExtensionRequest);
  if (requests.length === 0) return new Map();
  const [value, ...more] = requests.flatMap(({ values }) => values);
  if (value === undefined || more.length > 0) {
    throw new DerError('extensionRequest must stand once, with one value (RFC 2985 section 5.4.2)');
  }
  return readExtensions(value);
}

/** Attribute, RFC 2986 section 4.1. */
function readAttribute({ tag, content }: DerElement) {
  const [type, values, ...rest] = tag === TAG.sequence ? readChildren(content) : [];
  if (type === undefined || values?.tag !== TAG.set || rest.length > 0) {
    throw new DerError('an attribute is not SEQUENCE { type, values }');
  }
  return { oid: readObjectIdentifier(type), values: readChildren(values.content) };
}

/**
 * Proof of possession: the request is signed by the key that it asks a certificate for.
 * @throws SignetError csr-signature-invalid, unsupported-algorithm
 */
export async function verifyCsrSignature(csr: CertificateRequest): Promise<void> {
  let valid: boolean;
  try {
    valid = await verifySignature(
      csr.publicKey,
      csr.signatureAlgorithm,
      csr.infoDer,
      csr.signature,
    );
  } catch (error) {
    if (error instanceof SignetError) throw error;
    throw new SignetError('weak-key', 'The public key cannot be used: make a new key pair.', {
      field: 'csr',
      cause: error,
    });
  }
  if (!valid) {
    throw new SignetError(
      'csr-signature-invalid',
      'The signature of the certificate request does not verify with the public key in it: make the request again with the private key that belongs to it.',
      { field: 'csr' },
    );
  }
}

function malformed(reason: string, cause?: unknown): SignetError {
  return new SignetError('malformed-csr', `The certificate request cannot be read. ${reason}`, {
    field: 'csr',
    ...(cause === undefined ? {} : { cause }),
  });
}

function tooLarge(): SignetError {
  return new SignetError(
    'request-too-large',
    `The certificate request is larger than ${MAX_CSR_BYTES} bytes of DER.`,
    { field: 'csr' },
  );
}

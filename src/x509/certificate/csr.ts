import {
  type Attribute,
  CertificationRequest,
  CSR_SHAPE,
  VERSION_1_DER,
} from '../../asn1/csr-schema.ts';
import { DerError, readBitStringBytes, readElement, TAG } from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { parseStrict } from '../../asn1/parse-strict.ts';
import { PemError, parsePem } from '../../asn1/pem.ts';
import { readPemText } from '../../asn1/pem-or-der.ts';
import { equalBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import { type PublicKey, parsePublicKey } from '../keys/public-key.ts';
import {
  type NamedSignatureAlgorithm,
  parseSignatureAlgorithm,
  verifySignature,
} from '../keys/verify-signature.ts';
import { type ExtensionMap, parseExtensions } from './extensions.ts';

/** Signet's own limit: room for an RSA-8192 key, its signature and a hundred names. */
export const MAX_CSR_BYTES = 16 * 1024;

const CSR_LABELS: readonly string[] = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'];

/** A parsed PKCS#10 request (RFC 2986). Its signature is not verified yet. */
export interface CertificateRequest {
  readonly csrDer: Uint8Array;
  /** The CertificationRequestInfo: the bytes that are signed. */
  readonly infoDer: Uint8Array;
  /** The Name, byte for byte. */
  readonly subjectDer: Uint8Array;
  readonly publicKey: PublicKey;
  /** From the extensionRequest attribute. Input to a profile; never copied without a check. */
  readonly extensions: ExtensionMap;
  readonly signatureAlgorithm: NamedSignatureAlgorithm;
  readonly signature: Uint8Array;
}

/**
 * Returns the DER of a CSR in DER or PEM; the content tells which.
 * @param input DER, or PEM as bytes or text, possibly with other text around it
 * @throws SignetError malformed-csr, request-too-large
 */
export function decodeCsr(input: Uint8Array | string): Uint8Array {
  if (input.length > 2 * MAX_CSR_BYTES) throw tooLarge();
  const isText = typeof input === 'string';
  const text = isText ? input : readPemText(input);
  if (!isText && text === null && input[0] === TAG.sequence) return input;
  const blocks = parseBlocks(text ?? '');
  const [block, ...others] = blocks;
  if (block === undefined) {
    throw malformed('It is neither DER nor PEM. Send a PKCS#10 "CERTIFICATE REQUEST".');
  }
  const foreign = blocks.find(({ label }) => !CSR_LABELS.includes(label));
  if (foreign !== undefined) {
    throw malformed(
      foreign.label.endsWith('PRIVATE KEY')
        ? 'It contains a private key. Keep that secret, and send only the "CERTIFICATE REQUEST".'
        : `It contains a "${foreign.label.slice(0, 40)}". Send only the "CERTIFICATE REQUEST".`,
    );
  }
  if (others.length > 0) throw malformed('It contains several CSRs. Send one at a time.');
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
 * Parses a CSR. Its signature is for verifyCsrSignature.
 * @throws SignetError malformed-csr, request-too-large; unsupported-algorithm for a key or signature
 *   of an algorithm that is not in the table
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
      ? refuse(`The CSR cannot be read: ${error.message}.`, error)
      : malformed('It is not a PKCS#10 certification request.', error);
  }
}

/** RFC 2986 section 4. */
function readCsr(csrDer: Uint8Array): CertificateRequest {
  const parsed = parseStrict(csrDer, CertificationRequest, TAG.sequence, CSR_SHAPE);
  const { certificationRequestInfo: info } = parsed;
  if (!equalBytes(info.version, VERSION_1_DER)) {
    throw new DerError('the version is not v1 (RFC 2986 section 4.1)');
  }
  return {
    csrDer,
    infoDer: parsed.certificationRequestInfoRaw,
    subjectDer: info.subject,
    publicKey: parsePublicKey(info.subjectPKInfo),
    extensions: readRequestedExtensions(info.attributes ?? []),
    signatureAlgorithm: parseSignatureAlgorithm(parsed.signatureAlgorithm),
    signature: readBitStringBytes(readElement(parsed.signature)),
  };
}

function readRequestedExtensions(attributes: Iterable<Attribute>): ExtensionMap {
  const requests = [...attributes].filter(
    ({ type }) => type === OID.extensionRequest || type === OID.microsoftExtensionRequest,
  );
  if (requests.length === 0) return new Map();
  const [value, ...more] = requests.flatMap(({ values }) => values);
  if (value === undefined || more.length > 0) {
    throw new DerError('extensionRequest must occur once, with one value (RFC 2985 section 5.4.2)');
  }
  return parseExtensions(value);
}

/**
 * Checks the proof of possession: the CSR is signed with the private key of its public key.
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
    throw new SignetError('weak-key', 'The public key cannot be used. Make a new key pair.', {
      field: 'csr',
      cause: error,
    });
  }
  if (!valid) {
    throw new SignetError(
      'csr-signature-invalid',
      "The CSR's signature does not verify. Create it again with the private key that matches its public key.",
      { field: 'csr' },
    );
  }
}

/** @param reason one or two sentences */
function malformed(reason: string, cause?: unknown): SignetError {
  return refuse(`The CSR cannot be read. ${reason}`, cause);
}

function refuse(message: string, cause?: unknown): SignetError {
  return new SignetError('malformed-csr', message, {
    field: 'csr',
    ...(cause === undefined ? {} : { cause }),
  });
}

function tooLarge(): SignetError {
  return new SignetError(
    'request-too-large',
    `The CSR is larger than ${MAX_CSR_BYTES} bytes of DER.`,
    { field: 'csr' },
  );
}

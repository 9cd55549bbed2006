import { DerError, encodeSequence, encodeUnsignedInteger } from '../../asn1/der.ts';
import { encodePem, type PemBlock, PemError, parsePem } from '../../asn1/pem.ts';
import { assertStrictDer } from '../../asn1/strict-der.ts';
import { equalBytes } from '../../bytes.ts';
import type { SignetError } from '../../errors.ts';
import { KEY_OID } from './algorithms.ts';
import { derivePublicBytes, writePoint } from './derive-public-key.ts';
import { identifyPrivateKey, type PrivateKeyLabel } from './identify-private-key.ts';
import {
  decodePkcs8,
  malformed,
  type PrivateKeyForm,
  unsupported,
  wrapPkcs1,
  wrapSec1,
} from './private-key-forms.ts';

/** A private key whose parts agree with each other. */
export interface DecodedPrivateKey extends Omit<PrivateKeyForm, 'publicParts'> {
  /** The PEM block that was checked, in its original encoding, with the label that fits. */
  readonly pem: string;
}

/**
 * Reads a private key that Signet signs with: as decodeAnyPrivateKeyPem, without id-RSASSA-PSS.
 * @throws SignetError malformed-key; messages contain nothing of the key
 */
export async function decodePrivateKeyPem(pem: string): Promise<DecodedPrivateKey> {
  const decoded = await decodeAnyPrivateKeyPem(pem);
  if (decoded.pssOnly) throw unsupported(KEY_OID.rsassaPss);
  return decoded;
}

/**
 * Reads the private key of a PEM text: PKCS#8 "PRIVATE KEY", SEC1 "EC PRIVATE KEY" (RFC 5915) or
 * PKCS#1 "RSA PRIVATE KEY" (RFC 8017). The contents decide which of them it is, as in openssl, and not
 * the label. Certificates and other text may surround it. Every part of the key is compared with the
 * others; the platform checks the rest on import.
 * @throws SignetError malformed-key; messages contain nothing of the key
 */
export async function decodeAnyPrivateKeyPem(pem: string): Promise<DecodedPrivateKey> {
  const block = findPrivateKeyBlock(pem);
  const label = identifyPrivateKey(block.der);
  try {
    assertStrictDer(block.der);
    if (!KEY_LABELS.includes(block.label)) throw unsupportedLabel(block.label);
    if (label === 'ENCRYPTED PRIVATE KEY') throw encrypted();
    const { publicParts, ...form } = decodeForm(label, block.der);
    for (const part of publicParts) {
      if (!(await isPublicKeyOf(form, part))) throw contradictory();
    }
    return { ...form, pem: encodePem(label ?? block.label, block.der) };
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    if (!KEY_LABELS.includes(block.label)) throw unsupportedLabel(block.label);
    throw malformed(`The "${label ?? block.label}" is not valid: ${error.message}.`);
  }
}

const KEY_LABELS: readonly string[] = ['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY'];

function decodeForm(label: PrivateKeyLabel | null, der: Uint8Array): PrivateKeyForm {
  switch (label) {
    case 'EC PRIVATE KEY':
      return wrapSec1(der, null);
    case 'RSA PRIVATE KEY':
      return wrapPkcs1(der);
    default:
      return decodePkcs8(der);
  }
}

/** @param part as in a subjectPublicKey */
async function isPublicKeyOf(
  key: Omit<PrivateKeyForm, 'publicParts'>,
  part: Uint8Array,
): Promise<boolean> {
  if (key.rsa !== null) return equalBytes(part, encodeRsaPublicKey(key.rsa));
  const own = await derivePublicBytes(key);
  return equalBytes(part, key.kind === 'ec' ? writePoint(own, part[0]) : own);
}

function encodeRsaPublicKey({
  modulus,
  publicExponent,
}: NonNullable<PrivateKeyForm['rsa']>): Uint8Array {
  return encodeSequence(
    ...[modulus, publicExponent].map((number) => {
      const hex = number.toString(16);
      return encodeUnsignedInteger(
        Uint8Array.fromHex(hex.padStart(hex.length + (hex.length % 2), '0')),
      );
    }),
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
  if (block.encrypted || block.label === 'ENCRYPTED PRIVATE KEY') throw encrypted();
  return block;
}

function encrypted(): SignetError {
  return malformed(
    'The private key is encrypted with a passphrase. Decrypt it first, with "openssl pkey -in KEY -out PLAIN".',
  );
}

function unsupportedLabel(label: string): SignetError {
  return malformed(
    `Keys of the kind "${label}" are not supported. Convert it with "openssl pkcs8 -topk8 -nocrypt", or make an RSA, EC (P-256, P-384, P-521) or Ed25519 key.`,
  );
}

function contradictory(): SignetError {
  return malformed(
    'The private key is damaged: the public key inside is not its own. Export it again.',
  );
}

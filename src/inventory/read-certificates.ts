import { equalBytes } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import { type Certificate, parseCertificate } from '../x509/certificate/certificate.ts';
import { parsePublicKey } from '../x509/keys/public-key.ts';
import { isSameName } from '../x509/names/name-comparison.ts';
import {
  countPemBlocks,
  type Field,
  type FieldContent,
  readBytes,
  readField,
  readPemBlocks,
  refuseField,
} from './field-text.ts';

/** No real chain comes near these limits. They keep the cost of hostile uploads low. */
export const MAX_CHAIN_LENGTH = 10;
const MAX_CERTIFICATE_BYTES = 64 * 1024;
const MAX_FIELD_CHARACTERS = 256 * 1024;

const CERTIFICATE_FIELD: Field = {
  code: 'malformed-certificate',
  field: 'certificate',
  label: 'The certificate',
  maxCharacters: MAX_FIELD_CHARACTERS,
};

export const CHAIN_FIELD: Field = {
  code: 'malformed-chain',
  field: 'chain',
  label: 'The chain',
  maxCharacters: MAX_FIELD_CHARACTERS,
};

/** The last two are written by old software (RFC 7468 section 5.1). */
const LABELS: ReadonlySet<string> = new Set([
  'CERTIFICATE',
  'X509 CERTIFICATE',
  'X.509 CERTIFICATE',
]);

/** The certificates of an upload: the leaf, and the others without duplicates, not yet ordered. */
export interface UploadedCertificates {
  readonly leaf: Certificate;
  readonly others: readonly Certificate[];
}

/**
 * Reads the certificates of an upload. The leaf is the first certificate in `certificate` that is not
 * the issuer of another one there.
 * @param certificate DER, or text: PEM, base64 of PEM or base64 of DER; issuers may follow
 * @param chain in the same forms, or null
 * @throws SignetError malformed-certificate, malformed-chain
 */
export function readCertificates(
  certificate: Uint8Array | string,
  chain: string | null,
): UploadedCertificates {
  const given = readAll(CERTIFICATE_FIELD, certificate, MAX_CHAIN_LENGTH + 1);
  const leaf = findLeaf(given);
  if (leaf === undefined) throw refuseField(CERTIFICATE_FIELD, 'It contains no certificate.');
  checkPublicKeyForm(CERTIFICATE_FIELD, leaf);
  const hasChain = chain !== null && chain.trim() !== '';
  const more = hasChain ? readAll(CHAIN_FIELD, chain, MAX_CHAIN_LENGTH) : [];
  const others: Certificate[] = [];
  for (const other of [...given, ...more]) {
    const isKnown = [leaf, ...others].some((known) =>
      equalBytes(known.certificateDer, other.certificateDer),
    );
    if (isKnown) continue;
    checkPublicKeyForm(CHAIN_FIELD, other);
    others.push(other);
  }
  if (others.length > MAX_CHAIN_LENGTH) throw tooMany();
  return { leaf, others };
}

function readAll(field: Field, input: Uint8Array | string, most: number): readonly Certificate[] {
  // Refuses a large body by a search, before anything is decoded.
  if (typeof input === 'string' && countPemBlocks(input, most) > most) throw tooMany();
  const content = typeof input === 'string' ? readField(field, input) : readBytes(input);
  return readDers(field, content, most).map((der) => readCertificate(field, der));
}

function readDers(field: Field, content: FieldContent, most: number): readonly Uint8Array[] {
  if (content.form === 'der') return [content.der];
  if (countPemBlocks(content.text, most) > most) throw tooMany();
  const blocks = readPemBlocks(field, content.text);
  const ders = blocks.filter(({ label }) => LABELS.has(label)).map(({ der }) => der);
  const [first] = blocks;
  if (ders.length === 0 && first !== undefined) {
    throw refuseField(field, `It contains a "${first.label}" and no "CERTIFICATE".`);
  }
  if (ders.length === 0) throw refuseField(field, 'It contains no certificate.');
  return ders;
}

function readCertificate(field: Field, der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES) {
    throw refuseField(field, `A certificate may have at most ${MAX_CERTIFICATE_BYTES} bytes.`);
  }
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof SignetError) throw refuseField(field, error.message, error.cause);
    throw error;
  }
}

/** Refuses keys of unsupported types, and curves with explicit parameters. */
function checkPublicKeyForm(field: Field, { spkiDer }: Certificate): void {
  try {
    parsePublicKey(spkiDer);
  } catch (error) {
    if (error instanceof SignetError) throw refuseField(field, error.message);
    throw error;
  }
}

function findLeaf(certificates: readonly Certificate[]): Certificate | undefined {
  const isIssuer = (candidate: Certificate) =>
    certificates.some(
      (other) => other !== candidate && isSameName(other.issuerDer, candidate.subjectDer),
    );
  return certificates.find((candidate) => !isIssuer(candidate)) ?? certificates[0];
}

function tooMany(): SignetError {
  return new SignetError(
    'malformed-chain',
    `There are too many certificates. A chain may have ${MAX_CHAIN_LENGTH} besides the certificate itself.`,
    { field: 'chain' },
  );
}

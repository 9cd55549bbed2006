import { DerError } from '../asn1/der.ts';
import { SignetError } from '../errors.ts';
import { describeRecorded } from '../search/describe-recorded.ts';
import { listTerms } from '../search/terms.ts';
import { type Certificate, parseCertificate } from '../x509/certificate/certificate.ts';
import { readBasicConstraints } from '../x509/certificate/extensions.ts';
import { parsePublicKey } from '../x509/keys/public-key.ts';
import {
  type NamedSignatureAlgorithm,
  parseSignatureAlgorithm,
  verifySignature,
} from '../x509/keys/verify-signature.ts';
import { findSubjectKey, isSameName } from '../x509/names/name-comparison.ts';
import { formatName } from '../x509/names/names.ts';
import type { Authority } from './authority.ts';
import { findPublicKeyId } from './find-public-key-id.ts';
import type { ImportedCertificate } from './history.ts';
import type { HistoryRow } from './store.ts';

/** How far the clock of the old CA may be ahead. */
const CLOCK_SKEW_SECONDS = 300;

/**
 * Checks one entry of an old index: its certificate matches the entry and was issued by `authority`.
 * @throws SignetError malformed-certificate or invalid-parameter, naming the serial number
 */
export async function readHistoryRow(
  authority: Authority,
  entry: ImportedCertificate,
  options: { readonly uniqueSubject: boolean; readonly nowSeconds: number },
): Promise<HistoryRow> {
  const { serialHex, revocation } = entry;
  if (
    revocation !== null &&
    revocation.revokedAtSeconds > options.nowSeconds + CLOCK_SKEW_SECONDS
  ) {
    throw invalid(`The revocation of ${serialHex} is in the future.`);
  }
  if (entry.certificateDer === null) return readBareEntry(entry);
  const certificate = await readCertificate(authority, entry.certificateDer, serialHex);
  const { subjectDer } = certificate;
  const subject = formatName(subjectDer);
  return {
    serialHex,
    subject,
    terms: await listImportedTerms(subject, entry.certificateDer),
    uniqueSubject: options.uniqueSubject && revocation === null ? findSubjectKey(subjectDer) : null,
    caName: findCaName(certificate),
    publicKeyIdHex: await findPublicKeyId(certificate),
    certificateDer: entry.certificateDer,
    notBeforeSeconds: certificate.notBeforeSeconds,
    notAfterSeconds: certificate.notAfterSeconds,
    revocation,
  };
}

/** An entry without its certificate can be revoked by serial number; its key and Name are unknown. */
async function readBareEntry(entry: ImportedCertificate): Promise<HistoryRow> {
  if (entry.notAfterSeconds === null) {
    throw invalid(`The entry ${entry.serialHex} has neither a certificate nor 'notAfter'.`);
  }
  return {
    serialHex: entry.serialHex,
    subject: entry.subject,
    terms: await listImportedTerms(entry.subject, null),
    uniqueSubject: null,
    caName: null,
    publicKeyIdHex: null,
    certificateDer: null,
    notBeforeSeconds: 0,
    notAfterSeconds: entry.notAfterSeconds,
    revocation: entry.revocation,
  };
}

/** The profile of imported certificates in the record. */
const IMPORTED_PROFILE = 'import';

async function listImportedTerms(
  subject: string,
  certificateDer: Uint8Array | null,
): Promise<readonly string[]> {
  const recorded = { subject, profile: IMPORTED_PROFILE, certificateDer };
  return listTerms(await describeRecorded(recorded));
}

/** A self-issued certificate is one of the authority itself. */
function findCaName({ subjectDer, issuerDer, extensions }: Certificate): string | null {
  try {
    const isOtherCa = readBasicConstraints(extensions).ca && !isSameName(subjectDer, issuerDer);
    return isOtherCa ? findSubjectKey(subjectDer) : null;
  } catch (error) {
    // Verifiers cannot read it either.
    if (error instanceof DerError) return null;
    throw error;
  }
}

async function readCertificate(
  authority: Authority,
  certificateDer: Uint8Array,
  serialHex: string,
): Promise<Certificate> {
  const refuse = (reason: string, cause?: unknown) =>
    new SignetError('malformed-certificate', `The certificate ${serialHex} ${reason}.`, {
      field: 'certificates',
      cause,
    });
  try {
    const certificate = parseCertificate(certificateDer);
    if (certificate.serialHex !== serialHex) {
      throw refuse(`has another serial number: ${certificate.serialHex}`);
    }
    if (!isSameName(certificate.issuerDer, authority.subjectDer)) {
      throw refuse('was issued by another authority: the issuer is not the name of this one');
    }
    if (!(await isSignedByOrTooOld(certificate, authority.certificate))) {
      throw refuse('is not signed by the key of this authority');
    }
    return certificate;
  } catch (error) {
    const isForm =
      error instanceof DerError || (error instanceof SignetError && error.field === 'certificate');
    if (!isForm) throw error;
    throw refuse(
      `cannot be read; import its entry without it to keep the serial number: ${error.message.replace(/\.$/, '')}`,
      error,
    );
  }
}

/**
 * Signatures with SHA-1 and other old algorithms are not verified. For these, the index of the holder
 * of the CA's key is taken as proof.
 */
async function isSignedByOrTooOld(subject: Certificate, issuer: Certificate): Promise<boolean> {
  const algorithm = findSignatureAlgorithm(subject);
  if (algorithm === null) return true;
  try {
    const key = parsePublicKey(issuer.spkiDer);
    return await verifySignature(key, algorithm, subject.tbsDer, subject.signature);
  } catch (error) {
    // The algorithm does not fit the issuer's key.
    if (isUnsupported(error)) return false;
    throw error;
  }
}

function findSignatureAlgorithm(certificate: Certificate): NamedSignatureAlgorithm | null {
  try {
    return parseSignatureAlgorithm(certificate.signatureAlgorithmDer);
  } catch (error) {
    if (isUnsupported(error)) return null;
    throw error;
  }
}

function isUnsupported(error: unknown): boolean {
  return error instanceof SignetError && error.code === 'unsupported-algorithm';
}

function invalid(message: string): SignetError {
  return new SignetError('invalid-parameter', message, { field: 'certificates' });
}

import type { Principal } from '../access/principal.ts';
import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import { equalBytes } from '../x509/bytes.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { isSignedBy } from '../x509/chain.ts';
import { parseCrl } from '../x509/crl.ts';
import { formatName } from '../x509/names.ts';
import { parsePublicKey, publicKeyId } from '../x509/public-key.ts';
import { parseSignatureAlgorithm, verifySignature } from '../x509/verify-signature.ts';
import type { Authority } from './authority.ts';

/** A revocation made before the import. */
export interface ImportedRevocation {
  readonly revokedAtSeconds: number;
  /** CRLReason number, RFC 5280 section 5.3.1. */
  readonly reason: number;
  readonly invalidityDateSeconds: number | null;
}

/** One line of the old CA's index, with the certificate where there is a copy of it. */
export interface ImportedCertificate {
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
  readonly certificateDer: Uint8Array | null;
  /** As the index has it; a certificate's own subject goes before it. */
  readonly subject: string;
  readonly notAfterSeconds: number;
  readonly revocation: ImportedRevocation | null;
}

export interface ImportedHistory {
  readonly certificates: readonly ImportedCertificate[];
  /** DER of the last CRL, or null. */
  readonly crlDer: Uint8Array | null;
  /** The number of the last CRL where it is known without the list itself. */
  readonly lastCrlNumber: number | null;
  /** Whether valid certificates hold their subjects (OpenSSL's unique_subject). */
  readonly uniqueSubject: boolean;
}

export interface HistoryRow {
  readonly serialHex: string;
  readonly subject: string;
  /** Base64 of the subject's DER where it is to hold the subject, else null. */
  readonly uniqueSubject: string | null;
  readonly publicKeyIdHex: string | null;
  readonly certificateDer: Uint8Array | null;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly revocation: ImportedRevocation | null;
}

export interface HistoryCommit {
  readonly authorityId: string;
  readonly accountId: string;
  readonly importedAtMs: number;
  readonly rows: readonly HistoryRow[];
  readonly lastCrlNumber: number | null;
  readonly audit: AuditEvent;
}

export interface HistoryStore {
  /** Of the serials, those that are recorded here with another certificate. */
  findConflicts(authorityId: string, rows: readonly HistoryRow[]): Promise<readonly string[]>;
  /** One atomic batch; what is recorded already stays as it is. Answers how many certificates and revocations are new. */
  commitHistory(
    commit: HistoryCommit,
  ): Promise<{ readonly certificates: number; readonly revocations: number }>;
}

export interface HistoryDependencies {
  readonly store: HistoryStore;
  /** Unix ms. */
  readonly clock: () => number;
}

/**
 * Takes over what a CA did before it came here: its certificates can then be revoked here, revoked
 * ones stay revoked, CRL numbers go on from the last one. Doing it twice changes nothing.
 * @throws SignetError malformed-certificate or malformed-crl for what this authority did not sign; import-conflict
 */
export async function importHistory(
  { store, clock }: HistoryDependencies,
  authority: Authority,
  history: ImportedHistory,
  principal: Principal,
  request: RequestContext,
): Promise<{ readonly certificates: number; readonly revocations: number }> {
  const rows: HistoryRow[] = [];
  for (const entry of history.certificates) {
    rows.push(await readRow(authority, entry, history.uniqueSubject));
  }
  let lastCrlNumber = history.lastCrlNumber;
  if (history.crlDer !== null) {
    const crl = await readLastCrl(authority, history.crlDer);
    lastCrlNumber = Math.max(lastCrlNumber ?? 0, crl.number);
    rows.push(...missingFrom(rows, crl.rows));
  }
  const conflicts = await store.findConflicts(authority.id, rows);
  if (conflicts.length > 0) {
    throw new SignetError(
      'import-conflict',
      `Other certificates are recorded here under these serial numbers: ${conflicts.slice(0, 5).join(', ')}.`,
      { field: 'certificates' },
    );
  }
  const importedAtMs = clock();
  return store.commitHistory({
    authorityId: authority.id,
    accountId: principal.accountId,
    importedAtMs,
    rows,
    lastCrlNumber,
    audit: {
      atMs: importedAtMs,
      accountId: principal.accountId,
      actor: principal.actor,
      action: 'certificate.import',
      outcome: 'done',
      authorityId: authority.id,
      target: authority.id,
      detail: { certificates: rows.length, lastCrlNumber: lastCrlNumber ?? 0 },
      request,
    },
  });
}

async function readRow(
  authority: Authority,
  entry: ImportedCertificate,
  uniqueSubject: boolean,
): Promise<HistoryRow> {
  if (entry.certificateDer === null) {
    return {
      serialHex: entry.serialHex,
      subject: entry.subject,
      uniqueSubject: null,
      publicKeyIdHex: null,
      certificateDer: null,
      notBeforeSeconds: 0,
      notAfterSeconds: entry.notAfterSeconds,
      revocation: entry.revocation,
    };
  }
  const certificate = parseCertificate(entry.certificateDer);
  await checkIssuedBy(authority, certificate, entry.serialHex);
  return {
    serialHex: entry.serialHex,
    subject: formatName(certificate.subjectDer),
    uniqueSubject:
      uniqueSubject && entry.revocation === null ? certificate.subjectDer.toBase64() : null,
    publicKeyIdHex: await findPublicKeyId(certificate),
    certificateDer: entry.certificateDer,
    notBeforeSeconds: certificate.notBeforeSeconds,
    notAfterSeconds: certificate.notAfterSeconds,
    revocation: entry.revocation,
  };
}

async function checkIssuedBy(
  authority: Authority,
  certificate: Certificate,
  serialHex: string,
): Promise<void> {
  const refuse = (reason: string) =>
    new SignetError('malformed-certificate', `The certificate ${serialHex} ${reason}.`, {
      field: 'certificates',
    });
  if (certificate.serialHex !== serialHex) throw refuse('has another serial number');
  if (!equalBytes(certificate.issuerDer, authority.subjectDer)) {
    throw refuse('was not issued by this authority');
  }
  if (!(await verifiesOrIsTooOld(certificate, authority.certificate))) {
    throw refuse('is not signed by this authority');
  }
}

/** Old CAs signed with SHA-1, which is not verified any more: the operator's index vouches for these. */
async function verifiesOrIsTooOld(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  try {
    return await isSignedBy(certificate, issuer);
  } catch (error) {
    if (error instanceof SignetError && error.code === 'unsupported-algorithm') return true;
    throw error;
  }
}

/** Null for keys of kinds that are not certified here, and so need no blocking. */
async function findPublicKeyId(certificate: Certificate): Promise<string | null> {
  try {
    return await publicKeyId(parsePublicKey(certificate.spkiDer));
  } catch (error) {
    if (error instanceof SignetError) return null;
    throw error;
  }
}

async function readLastCrl(
  authority: Authority,
  crlDer: Uint8Array,
): Promise<{ readonly number: number; readonly rows: readonly HistoryRow[] }> {
  const crl = parseCrl(crlDer);
  const valid =
    equalBytes(crl.issuerDer, authority.subjectDer) &&
    (await verifySignature(
      parsePublicKey(authority.certificate.spkiDer),
      parseSignatureAlgorithm(crl.signatureAlgorithmDer),
      crl.tbsDer,
      crl.signature,
    ));
  if (!valid) {
    throw new SignetError('malformed-crl', 'The revocation list is not signed by this authority.', {
      field: 'crl',
    });
  }
  return {
    number: crl.number ?? 0,
    rows: crl.entries.map(({ serialHex, ...revocation }) => ({
      serialHex,
      subject: '',
      uniqueSubject: null,
      publicKeyIdHex: null,
      certificateDer: null,
      notBeforeSeconds: 0,
      // Unknown: the entry stays listed as long as the CA itself may be trusted.
      notAfterSeconds: authority.notAfterSeconds,
      revocation,
    })),
  };
}

/** What stands in the CRL but not in the index stays revoked too. */
function missingFrom(
  rows: readonly HistoryRow[],
  listed: readonly HistoryRow[],
): readonly HistoryRow[] {
  const known = new Set(rows.map(({ serialHex }) => serialHex));
  return listed.filter(({ serialHex }) => !known.has(serialHex));
}

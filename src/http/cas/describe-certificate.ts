import { EXTENDED_KEY_USAGE_OID, OID } from '../../asn1/oids.ts';
import { encodePem } from '../../asn1/pem.ts';
import { sha256Hex } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import type { RecordedCertificate } from '../../issuance/store.ts';
import { parseCertificate } from '../../x509/certificate/certificate.ts';
import { readExtendedKeyUsages } from '../../x509/certificate/extended-key-usages.ts';
import { parsePublicKey } from '../../x509/keys/public-key.ts';
import { parseSignatureAlgorithm } from '../../x509/keys/verify-signature.ts';
import { type GeneralName, parseSubjectAltName } from '../../x509/names/general-names.ts';
import { formatName } from '../../x509/names/names.ts';
import { readSubjectFields } from '../../x509/names/read-subject-fields.ts';
import { describeKey, nameKeyAlgorithm } from './key-algorithms.ts';

const DAY_SECONDS = 86400;
const YEAR_DAYS = 365.25;

/** The validity in years, rounded. */
export function countYears(validity: {
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}): number {
  return Math.round(countDays(validity) / YEAR_DAYS);
}

function countDays({
  notBeforeSeconds,
  notAfterSeconds,
}: Parameters<typeof countYears>[0]): number {
  return Math.round((notAfterSeconds - notBeforeSeconds) / DAY_SECONDS);
}

/** The fields of every certificate, CA or leaf. */
export async function describeCertificate(certificateDer: Uint8Array) {
  const certificate = parseCertificate(certificateDer);
  const { notBeforeSeconds, notAfterSeconds, subjectDer } = certificate;
  const subject = readSubjectFields(subjectDer);
  const key = describeKey(parsePublicKey(certificate.spkiDer));
  return {
    certificate,
    years: countYears(certificate),
    days: countDays(certificate),
    fullAlgorithm: nameKeyAlgorithm(key),
    fields: {
      AfterDate: notAfterSeconds * 1000,
      BeforeDate: notBeforeSeconds * 1000,
      Algorithm: key.algorithm,
      KeySize: key.keySize,
      SignAlgorithm: nameSignatureAlgorithm(certificate.signatureAlgorithmDer),
      CommonName: subject.CommonName ?? '',
      CountryCode: subject.Country ?? '',
      State: subject.State ?? '',
      Locality: subject.Locality ?? '',
      Organization: subject.Organization ?? '',
      OrganizationUnit: subject.OrganizationUnit ?? '',
      SubjectDN: formatName(subjectDer),
      SerialNumber: certificate.serialHex,
      Md5: await digestMd5(certificateDer),
      Sha2: await sha256Hex(certificateDer),
      X509Certificate: encodePem('CERTIFICATE', certificateDer),
    },
  };
}

/** The fields of a leaf; fewer if its body was deleted after it expired. */
export function describeLeaf(recorded: RecordedCertificate) {
  return recorded.certificateDer === null
    ? describeEntry(recorded)
    : describeLeafBody(recorded.certificateDer);
}

/** The fields of a certificate whose body was deleted after it expired. */
export function describeEntry(recorded: RecordedCertificate) {
  const { notBeforeSeconds, notAfterSeconds } = recorded;
  return {
    AfterDate: notAfterSeconds * 1000,
    BeforeDate: notBeforeSeconds * 1000,
    Days: countDays(recorded),
    SubjectDN: recorded.subject,
    SerialNumber: recorded.serialHex,
  };
}

async function describeLeafBody(certificateDer: Uint8Array) {
  const { certificate, days, fields } = await describeCertificate(certificateDer);
  const usages = readExtendedKeyUsages(certificate.extensions) ?? [];
  const names = certificate.extensions.get(OID.subjectAltName);
  return {
    ...fields,
    CertificateType: usages.includes(EXTENDED_KEY_USAGE_OID.serverAuth) ? 'SERVER' : 'CLIENT',
    Days: days,
    Sans: JSON.stringify(
      names === undefined ? [] : parseSubjectAltName(names.valueDer).map(describeName),
    ),
  };
}

/** The numbers of the GeneralName choices, RFC 5280 section 4.2.1.6. */
const SAN_TYPE = { email: 1, dns: 2, uri: 6, ip: 7 } as const;

function describeName({ kind, value }: GeneralName) {
  return { Type: SAN_TYPE[kind], Value: value };
}

/** A signature algorithm such as SHA256WITHRSA; empty for one that is not accepted here. */
function nameSignatureAlgorithm(signatureAlgorithmDer: Uint8Array): string {
  try {
    const { algorithm, pss } = parseSignatureAlgorithm(signatureAlgorithmDer);
    if (algorithm.keyKind === 'ed25519') return 'ED25519';
    const hash = (pss?.hash ?? algorithm.hash ?? '').replace('-', '');
    const key = algorithm.keyKind === 'ec' ? 'ECDSA' : 'RSA';
    return `${hash}WITH${key}${pss === null ? '' : 'ANDMGF1'}`;
  } catch (error) {
    // An imported root may be signed with SHA-1.
    if (error instanceof SignetError) return '';
    throw error;
  }
}

/** Clients use it to look up certificates. Nothing relies on its strength. */
async function digestMd5(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest('MD5', new Uint8Array(bytes))).toHex();
}

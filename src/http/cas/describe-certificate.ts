import { EXTENDED_KEY_USAGE_OID, OID } from '../../asn1/oids.ts';
import { encodePem } from '../../asn1/pem.ts';
import { sha256Hex } from '../../bytes.ts';
import type { RecordedCertificate } from '../../issuance/store.ts';
import { parseCertificate } from '../../x509/certificate/certificate.ts';
import { readExtendedKeyUsages } from '../../x509/certificate/extended-key-usages.ts';
import { parsePublicKey } from '../../x509/keys/public-key.ts';
import { type GeneralName, parseSubjectAltName } from '../../x509/names/general-names.ts';
import { formatName } from '../../x509/names/names.ts';
import { readSubjectFields } from '../../x509/names/read-subject-fields.ts';
import { describeKey } from './key-algorithms.ts';
import { nameSignatureAlgorithm } from './name-signature-algorithm.ts';

const DAY_SECONDS = 86400;
const YEAR_DAYS = 365.25;

/** What this dialect tells of every certificate, whether of a CA or not. */
export async function describeCertificate(certificateDer: Uint8Array) {
  const certificate = parseCertificate(certificateDer);
  const { notBeforeSeconds, notAfterSeconds, subjectDer } = certificate;
  const subject = readSubjectFields(subjectDer);
  const { algorithm, keySize } = describeKey(parsePublicKey(certificate.spkiDer));
  const days = Math.round((notAfterSeconds - notBeforeSeconds) / DAY_SECONDS);
  return {
    certificate,
    years: Math.round(days / YEAR_DAYS),
    days,
    fields: {
      AfterDate: notAfterSeconds * 1000,
      BeforeDate: notBeforeSeconds * 1000,
      Algorithm: algorithm,
      KeySize: keySize,
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

/** What it tells of a leaf beside that; less of one whose body was dropped after it expired. */
export function describeLeaf(recorded: RecordedCertificate) {
  return recorded.certificateDer === null
    ? describeEntry(recorded)
    : describeLeafBody(recorded.certificateDer);
}

function describeEntry(recorded: RecordedCertificate) {
  const { notBeforeSeconds, notAfterSeconds } = recorded;
  return {
    AfterDate: notAfterSeconds * 1000,
    BeforeDate: notBeforeSeconds * 1000,
    Days: Math.round((notAfterSeconds - notBeforeSeconds) / DAY_SECONDS),
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

/** As a fingerprint for looking a certificate up: nothing rests on it. */
async function digestMd5(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest('MD5', new Uint8Array(bytes))).toHex();
}

import { encodePem } from '../../../asn1/pem.ts';
import { parseAcmeSettings } from '../../../authorities/acme-settings.ts';
import type { AuthorityDetails } from '../../../authorities/management.ts';
import type { AuthorityRecord } from '../../../authorities/store.ts';
import { describeProfiles, parseProfiles } from '../../../issuance/profiles.ts';
import { type Certificate, parseCertificate } from '../../../x509/certificate/certificate.ts';
import { nameExtendedKeyUsage } from '../../../x509/certificate/extended-key-usages.ts';
import { describeCertificate } from '../../../x509/description/describe-certificate.ts';
import { formatName } from '../../../x509/names/names.ts';
import { formatSubtree } from '../../../x509/path/format-subtree.ts';
import { readIssuerConstraints } from '../../../x509/path/issuer-constraints.ts';
import type { Subtree } from '../../../x509/path/name-constraint-forms.ts';
import { formatDateTime, formatDateTimeMs } from '../common/date-time.ts';
import type { AuthorityAnswer, AuthoritySummaryAnswer } from './answers.ts';

export function describeSummary(record: AuthorityRecord): AuthoritySummaryAnswer {
  return summarize(record, open(record));
}

/** @param publicationUrl origin of the URLs in certificates */
export async function describeAuthority(
  { current, generations, crossCertificates }: AuthorityDetails,
  publicationUrl: string,
): Promise<AuthorityAnswer> {
  const certificate = open(current);
  return {
    ...summarize(current, certificate),
    certificate: encode(current.certificateDer),
    decoded: certificate === null ? null : await describeCertificate(certificate),
    chain: current.chainDer.map((der) => encodePem('CERTIFICATE', der)),
    request:
      current.requestDer === null ? null : encodePem('CERTIFICATE REQUEST', current.requestDer),
    constraints: certificate === null ? null : describeConstraints(certificate),
    profiles:
      current.profilesJson === null
        ? null
        : describeProfiles(parseProfiles(JSON.parse(current.profilesJson))),
    policyId: current.policyId,
    acme: { ...parseAcmeSettings(current.acmeJson) },
    certificateUrl: `${publicationUrl}/ca/${current.generationId}.crt`,
    crlUrl: `${publicationUrl}/crl/${current.generationId}.crl`,
    generations: generations.map((generation) => ({
      id: generation.generationId,
      current: generation.isCurrent,
      state: generation.state,
      notAfter: formatEnd(open(generation)),
      certificate: encode(generation.certificateDer),
      crossCertificates: (crossCertificates.get(generation.generationId) ?? []).map((der) =>
        encodePem('CERTIFICATE', der),
      ),
      certificateUrl: `${publicationUrl}/ca/${generation.generationId}.crt`,
      crlUrl: `${publicationUrl}/crl/${generation.generationId}.crl`,
    })),
  };
}

function summarize(
  record: AuthorityRecord,
  certificate: Certificate | null,
): AuthoritySummaryAnswer {
  return {
    id: record.lineageId,
    generation: record.generationId,
    name: record.name,
    state: record.state,
    parent: record.parentId,
    subject: certificate === null ? null : formatName(certificate.subjectDer),
    serial: certificate?.serialHex ?? null,
    notBefore: certificate === null ? null : formatDateTime(certificate.notBeforeSeconds),
    notAfter: formatEnd(certificate),
    keySource: record.keySource,
    createdAt: formatDateTimeMs(record.createdAtMs),
  };
}

function open({ certificateDer }: AuthorityRecord): Certificate | null {
  return certificateDer === null ? null : parseCertificate(certificateDer);
}

function formatEnd(certificate: Certificate | null): string | null {
  return certificate === null ? null : formatDateTime(certificate.notAfterSeconds);
}

function encode(certificateDer: Uint8Array | null): string | null {
  return certificateDer === null ? null : encodePem('CERTIFICATE', certificateDer);
}

function describeConstraints(certificate: Certificate): AuthorityAnswer['constraints'] {
  const read = readIssuerConstraints(certificate);
  return {
    pathLength: read.pathLenConstraint,
    permittedNames: describeNames(read.nameConstraints?.permitted ?? []),
    excludedNames: describeNames(read.nameConstraints?.excluded ?? []),
    policies: [...(read.policies ?? [])],
    extendedKeyUsages: (read.extendedKeyUsages ?? []).map(nameExtendedKeyUsage),
  };
}

function describeNames(subtrees: readonly Subtree[]) {
  const list = (kind: Subtree['kind']) =>
    subtrees.filter((subtree) => subtree.kind === kind).map(formatSubtree);
  return { dns: list('dns'), ip: list('ip'), email: list('email') };
}

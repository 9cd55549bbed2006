import type {
  AccessDescription,
  DistributionPointDescription,
  ExtensionDescription,
  ExtensionValues,
  OidDescription,
  PolicyQualifierDescription,
  TimestampDescription,
} from './description.ts';
import { nameOid, POLICY_QUALIFIER_OID } from './extension-names.ts';
import {
  attributesText,
  escapeText,
  generalNameText,
  hexLines,
  indent,
  listedNameText,
  timeText,
  withColons,
} from './text-parts.ts';

const LABELS: Readonly<Record<string, string>> = {
  subjectAltName: 'X509v3 Subject Alternative Name',
  issuerAltName: 'X509v3 Issuer Alternative Name',
  keyUsage: 'X509v3 Key Usage',
  extKeyUsage: 'X509v3 Extended Key Usage',
  basicConstraints: 'X509v3 Basic Constraints',
  nameConstraints: 'X509v3 Name Constraints',
  authorityInfoAccess: 'Authority Information Access',
  subjectInfoAccess: 'Subject Information Access',
  cRLDistributionPoints: 'X509v3 CRL Distribution Points',
  freshestCRL: 'X509v3 Freshest CRL',
  certificatePolicies: 'X509v3 Certificate Policies',
  policyMappings: 'X509v3 Policy Mappings',
  policyConstraints: 'X509v3 Policy Constraints',
  inhibitAnyPolicy: 'X509v3 Inhibit Any Policy',
  subjectKeyIdentifier: 'X509v3 Subject Key Identifier',
  authorityKeyIdentifier: 'X509v3 Authority Key Identifier',
  tlsFeature: 'TLS Feature',
  noRevAvail: 'X509v3 No Revocation Available',
  ocspNoCheck: 'OCSP No Check',
  signedCertificateTimestampList: 'CT Precertificate SCTs',
};

/** What openssl calls usages, reasons and methods of access. */
const TERMS: Readonly<Record<string, string>> = {
  digitalSignature: 'Digital Signature',
  nonRepudiation: 'Non Repudiation',
  keyEncipherment: 'Key Encipherment',
  dataEncipherment: 'Data Encipherment',
  keyAgreement: 'Key Agreement',
  keyCertSign: 'Certificate Sign',
  cRLSign: 'CRL Sign',
  encipherOnly: 'Encipher Only',
  decipherOnly: 'Decipher Only',
  serverAuth: 'TLS Web Server Authentication',
  clientAuth: 'TLS Web Client Authentication',
  codeSigning: 'Code Signing',
  emailProtection: 'E-mail Protection',
  timeStamping: 'Time Stamping',
  OCSPSigning: 'OCSP Signing',
  anyExtendedKeyUsage: 'Any Extended Key Usage',
  ipsecEndSystem: 'IPSec End System',
  ipsecTunnel: 'IPSec Tunnel',
  ipsecUser: 'IPSec User',
  ipsecIKE: 'ipsec Internet Key Exchange',
  microsoftSmartcardLogin: 'Microsoft Smartcard Login',
  ocsp: 'OCSP',
  caIssuers: 'CA Issuers',
  caRepository: 'CA Repository',
  anyPolicy: 'X509v3 Any Policy',
  unused: 'Unused',
  keyCompromise: 'Key Compromise',
  cACompromise: 'CA Compromise',
  affiliationChanged: 'Affiliation Changed',
  superseded: 'Superseded',
  cessationOfOperation: 'Cessation Of Operation',
  certificateHold: 'Certificate Hold',
  privilegeWithdrawn: 'Privilege Withdrawn',
  aACompromise: 'AA Compromise',
};

const BYTES_IN_LINE = 18;
const VALUE_INDENT = 4;
const LIST_INDENT = 2;

const NULL_HEX = '0500';

/** Writes an extension as lines: its name, and its value below it. */
export function extensionLines(extension: ExtensionDescription): string[] {
  const { oid, name, critical } = extension;
  const label = name === null ? oid : (LABELS[name] ?? name);
  return [
    `${label}: ${critical ? 'critical' : ''}`,
    ...indent(valueLines(extension), VALUE_INDENT),
  ];
}

function valueLines(extension: ExtensionDescription): string[] {
  if (extension.value === null) {
    return extension.hex === NULL_HEX ? [''] : hexLines(extension.hex, BYTES_IN_LINE);
  }
  switch (extension.name) {
    case 'subjectAltName':
    case 'issuerAltName':
      return [extension.value.map(generalNameText).join(', ')];
    case 'keyUsage':
      return [extension.value.map(term).join(', ')];
    case 'extKeyUsage':
      return [extension.value.map(oidText).join(', ')];
    case 'basicConstraints': {
      const { cA, pathLenConstraint: length } = extension.value;
      return [`CA:${cA ? 'TRUE' : 'FALSE'}${length === null ? '' : `, pathlen:${length}`}`];
    }
    case 'nameConstraints':
      return [
        ...section('Permitted', extension.value.permitted.map(listedNameText)),
        ...section('Excluded', extension.value.excluded.map(listedNameText)),
      ];
    case 'authorityInfoAccess':
    case 'subjectInfoAccess':
      return extension.value.map(accessText);
    case 'cRLDistributionPoints':
    case 'freshestCRL':
      return extension.value.flatMap(pointLines);
    case 'certificatePolicies':
      return extension.value.flatMap(({ oid, qualifiers }) => [
        `Policy: ${oidText(nameOid(oid))}`,
        ...indent(qualifiers.flatMap(qualifierLines), LIST_INDENT),
      ]);
    case 'policyMappings':
      return [
        extension.value
          .map(({ issuerDomainPolicy, subjectDomainPolicy }) =>
            [issuerDomainPolicy, subjectDomainPolicy].map((oid) => oidText(nameOid(oid))).join(':'),
          )
          .join(', '),
      ];
    case 'policyConstraints':
      return [constraintsText(extension.value)];
    case 'inhibitAnyPolicy':
      return [String(extension.value)];
    case 'subjectKeyIdentifier':
      return [withColons(extension.value).toUpperCase()];
    case 'authorityKeyIdentifier':
      return authorityKeyLines(extension.value);
    case 'tlsFeature':
      return [extension.value.map(({ number, name }) => name ?? String(number)).join(', ')];
    case 'signedCertificateTimestampList':
      return extension.value.flatMap(timestampLines);
  }
}

function term(name: string): string {
  return TERMS[name] ?? name;
}

function oidText({ oid, name }: OidDescription): string {
  return name === null ? oid : term(name);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...indent(lines, LIST_INDENT)];
}

function accessText({ oid, method, location }: AccessDescription): string {
  return `${oidText({ oid, name: method })} - ${generalNameText(location)}`;
}

function pointLines(point: DistributionPointDescription): string[] {
  const { fullName, nameRelativeToCRLIssuer, reasons, cRLIssuer } = point;
  const relative = nameRelativeToCRLIssuer === null ? [] : [nameRelativeToCRLIssuer];
  return [
    ...section('Full Name', (fullName ?? []).map(generalNameText)),
    ...section('Relative Name', relative.map(attributesText)),
    ...section('Reasons', reasons === null ? [] : [reasons.map(term).join(', ')]),
    ...section('CRL Issuer', (cRLIssuer ?? []).map(generalNameText)),
  ];
}

function qualifierLines(qualifier: PolicyQualifierDescription): string[] {
  const { oid, cps, organization, noticeNumbers, explicitText } = qualifier;
  if (oid === POLICY_QUALIFIER_OID.cps) return [`CPS: ${escapeText(cps ?? '')}`];
  if (oid !== POLICY_QUALIFIER_OID.userNotice) return [`Unknown Qualifier: ${oid}`];
  const parts = [
    ...(organization === null ? [] : [`Organization: ${escapeText(organization)}`]),
    ...(noticeNumbers.length === 0
      ? []
      : [`Number${noticeNumbers.length > 1 ? 's' : ''}: ${noticeNumbers.join(', ')}`]),
    ...(explicitText === null ? [] : [`Explicit Text: ${escapeText(explicitText)}`]),
  ];
  return ['User Notice:', ...indent(parts, LIST_INDENT)];
}

function constraintsText({
  requireExplicitPolicy,
  inhibitPolicyMapping,
}: ExtensionValues['policyConstraints']): string {
  return [
    ...(requireExplicitPolicy === null ? [] : [`Require Explicit Policy:${requireExplicitPolicy}`]),
    ...(inhibitPolicyMapping === null ? [] : [`Inhibit Policy Mapping:${inhibitPolicyMapping}`]),
  ].join(', ');
}

function authorityKeyLines({
  keyIdentifier,
  authorityCertIssuer,
  authorityCertSerialNumber: serial,
}: ExtensionValues['authorityKeyIdentifier']): string[] {
  const key = keyIdentifier === null ? null : withColons(keyIdentifier).toUpperCase();
  if (authorityCertIssuer.length === 0 && serial === null) return key === null ? [] : [key];
  return [
    ...(key === null ? [] : [`keyid:${key}`]),
    ...authorityCertIssuer.map(generalNameText),
    ...(serial === null ? [] : [`serial:${serialText(serial)}`]),
  ];
}

function timestampLines({
  version,
  logId,
  timestamp,
  signatureAlgorithm,
}: TimestampDescription): string[] {
  return [
    'Signed Certificate Timestamp:',
    ...indent(
      [
        `Version   : v${version}`,
        `Log ID    : ${withColons(logId).toUpperCase()}`,
        `Timestamp : ${timeText(timestamp)}`,
        `Signature : ${signatureAlgorithm}`,
      ],
      VALUE_INDENT,
    ),
  ];
}

/** Writes a serial number as bytes. */
function serialText(serialHex: string): string {
  const digits = serialHex.replace('-', '');
  const sign = serialHex.startsWith('-') ? '-' : '';
  return sign + withColons(digits.padStart(digits.length + (digits.length % 2), '0')).toUpperCase();
}

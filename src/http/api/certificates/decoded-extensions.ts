import {
  boolean,
  description,
  type GenericSchema,
  literal,
  metadata,
  null_,
  object,
  pipe,
  string,
  union,
} from 'valibot';
import { moment, text, textOrNull, texts, whole, wholeOrNull } from '../common/answer-fields.ts';
import { GENERAL_NAME, list, listOrNull, NAME_ATTRIBUTE } from './decoded-names.ts';

/** The extensions in the decoded form of a certificate. */

const NAMES = list(GENERAL_NAME, 'Names.');
const OIDS = list(object({ oid: text('OID.'), name: textOrNull('Its name, or null.') }), 'OIDs.');
const ACCESS = list(
  object({
    oid: text('OID of the method.'),
    method: textOrNull('`ocsp`, `caIssuers` or another name; null if it has none.'),
    location: GENERAL_NAME,
  }),
  'Where to find something.',
);
const DISTRIBUTION_POINTS = list(
  object({
    fullName: listOrNull(GENERAL_NAME, 'Where the CRL is.'),
    nameRelativeToCRLIssuer: listOrNull(NAME_ATTRIBUTE, 'Instead of `fullName`.'),
    reasons: listOrNull(string(), 'The reasons that the CRL covers; null for all.'),
    cRLIssuer: listOrNull(GENERAL_NAME, 'null if the issuer of the certificate issues the CRL.'),
  }),
  'Distribution points.',
);
const POLICIES = list(
  object({
    oid: text('OID of the policy.'),
    qualifiers: list(
      object({
        oid: text('OID of the qualifier.'),
        cps: textOrNull('The URI of a certification practice statement.'),
        organization: textOrNull('Of a user notice.'),
        noticeNumbers: texts('Of a user notice.'),
        explicitText: textOrNull('Of a user notice.'),
      }),
      'Qualifiers.',
    ),
  }),
  'Policies.',
);
const MAPPINGS = list(
  object({
    issuerDomainPolicy: text('OID.'),
    subjectDomainPolicy: text('OID.'),
  }),
  'Mappings.',
);
const TIMESTAMPS = list(
  object({
    version: whole('1.'),
    logId: text('In hexadecimal.'),
    timestamp: moment('When the log promised to publish.'),
    signatureAlgorithm: text('Such as `ECDSA with SHA-256`.'),
    signature: text('In hexadecimal.'),
  }),
  'Signed certificate timestamps (RFC 6962).',
);

const FRAME = {
  oid: text('OID of the extension.'),
  critical: boolean(),
  hex: text('The DER of the value, in hexadecimal.'),
};

function extension<const Name extends string, TEntries extends GenericSchema>(
  name: Name,
  value: TEntries,
) {
  return object({ ...FRAME, name: literal(name), value });
}

export const EXTENSION = pipe(
  union([
    extension('subjectAltName', NAMES),
    extension('issuerAltName', NAMES),
    extension('keyUsage', texts('RFC 5280 section 4.2.1.3.')),
    extension('extKeyUsage', OIDS),
    extension(
      'basicConstraints',
      object({ cA: boolean(), pathLenConstraint: wholeOrNull('null for no limit.') }),
    ),
    extension(
      'nameConstraints',
      object({
        permitted: list(GENERAL_NAME, 'Networks have a prefix length.'),
        excluded: list(GENERAL_NAME, 'Networks have a prefix length.'),
      }),
    ),
    extension('authorityInfoAccess', ACCESS),
    extension('subjectInfoAccess', ACCESS),
    extension('cRLDistributionPoints', DISTRIBUTION_POINTS),
    extension('freshestCRL', DISTRIBUTION_POINTS),
    extension('certificatePolicies', POLICIES),
    extension('policyMappings', MAPPINGS),
    extension(
      'policyConstraints',
      object({
        requireExplicitPolicy: wholeOrNull('Certificates that may follow.'),
        inhibitPolicyMapping: wholeOrNull('Certificates that may follow.'),
      }),
    ),
    extension('inhibitAnyPolicy', whole('Certificates that may follow.')),
    extension('subjectKeyIdentifier', text('In hexadecimal.')),
    extension(
      'authorityKeyIdentifier',
      object({
        keyIdentifier: textOrNull('In hexadecimal.'),
        authorityCertIssuer: NAMES,
        authorityCertSerialNumber: textOrNull('In hexadecimal.'),
      }),
    ),
    extension(
      'tlsFeature',
      list(
        object({ number: whole('Of the TLS extension.'), name: textOrNull('Its name, or null.') }),
        'TLS features (RFC 7633).',
      ),
    ),
    extension('signedCertificateTimestampList', TIMESTAMPS),
    object({
      ...FRAME,
      name: textOrNull('null if it is unknown.'),
      value: pipe(null_(), description('It has none, or it is not read: see `hex`.')),
    }),
  ]),
  description('An extension.'),
  metadata({ name: 'DecodedExtension' }),
);

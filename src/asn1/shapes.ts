import { TAG } from './der.ts';
import {
  any,
  defaultFalse,
  explicit,
  listOf,
  optional,
  required,
  type Shape,
  sequence,
  wholeBytes,
} from './shape.ts';

/** Shapes of the types that certificates, CSRs and CRLs share (RFC 5280 section 4.1). */

export const TIME_TAGS: readonly number[] = [TAG.utcTime, TAG.generalizedTime];

export const ALGORITHM_IDENTIFIER = sequence('AlgorithmIdentifier', [
  required('algorithm', TAG.objectIdentifier),
  { ...any('parameters'), isOptional: true },
]);

const ATTRIBUTE_TYPE_AND_VALUE = sequence('AttributeTypeAndValue', [
  required('type', TAG.objectIdentifier),
  any('value'),
]);
const RDN = listOf('RelativeDistinguishedName', TAG.sequence, ATTRIBUTE_TYPE_AND_VALUE);

/** A Name; unlike other lists it may be empty. */
export const NAME: Shape = (element) => {
  if (element.content.length > 0) listOf('Name', TAG.set, RDN)(element);
};

export const SUBJECT_PUBLIC_KEY_INFO = sequence('SubjectPublicKeyInfo', [
  required('algorithm', TAG.sequence, ALGORITHM_IDENTIFIER),
  required('subjectPublicKey', TAG.bitString, wholeBytes('subjectPublicKey')),
]);

const EXTENSION = sequence('Extension', [
  required('extnID', TAG.objectIdentifier),
  defaultFalse('critical'),
  required('extnValue', TAG.octetString),
]);

export const EXTENSIONS = listOf('Extensions', TAG.sequence, EXTENSION);

/** Extensions under an explicit tag. */
export const TAGGED_EXTENSIONS = explicit(TAG.sequence, EXTENSIONS);

/** SIGNED{} around `tbs` (RFC 5280 section 4.1.1). */
export function signed(typeName: string, tbsName: string, tbs: Shape): Shape {
  return sequence(typeName, [
    required(tbsName, TAG.sequence, tbs),
    required('signatureAlgorithm', TAG.sequence, ALGORITHM_IDENTIFIER),
    required('signature', TAG.bitString, wholeBytes('signature')),
  ]);
}

/** SEQUENCE SIZE (1..MAX) OF GeneralName; the names are read elsewhere. */
export const GENERAL_NAME_TAGS: readonly number[] = [
  0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88,
];

export const AUTHORITY_KEY_IDENTIFIER = sequence('AuthorityKeyIdentifier', [
  optional('keyIdentifier', 0x80),
  optional('authorityCertIssuer', 0xa1, listOf('authorityCertIssuer', GENERAL_NAME_TAGS)),
  optional('authorityCertSerialNumber', 0x82),
]);

export const BASIC_CONSTRAINTS = sequence('BasicConstraints', [
  defaultFalse('cA'),
  optional('pathLenConstraint', TAG.integer),
]);

export const EXTENDED_KEY_USAGE = listOf('ExtKeyUsageSyntax', TAG.objectIdentifier);

const POLICY_QUALIFIER_INFO = sequence('PolicyQualifierInfo', [
  required('policyQualifierId', TAG.objectIdentifier),
  any('qualifier'),
]);

export const CERTIFICATE_POLICIES = listOf(
  'CertificatePolicies',
  TAG.sequence,
  sequence('PolicyInformation', [
    required('policyIdentifier', TAG.objectIdentifier),
    optional(
      'policyQualifiers',
      TAG.sequence,
      listOf('policyQualifiers', TAG.sequence, POLICY_QUALIFIER_INFO),
    ),
  ]),
);

export const POLICY_CONSTRAINTS = sequence('PolicyConstraints', [
  optional('requireExplicitPolicy', 0x80),
  optional('inhibitPolicyMapping', 0x81),
]);

export const POLICY_MAPPINGS = listOf(
  'PolicyMappings',
  TAG.sequence,
  sequence('PolicyMapping', [
    required('issuerDomainPolicy', TAG.objectIdentifier),
    required('subjectDomainPolicy', TAG.objectIdentifier),
  ]),
);

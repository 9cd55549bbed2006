import { buildBlock } from './blocks.ts';
import { TAG } from './der.ts';
import {
  any,
  defaultFalse,
  explicit,
  listOf,
  opaque,
  optional,
  required,
  type Shape,
  sequence,
  wholeBytes,
} from './shape.ts';
import { decodeTime } from './time.ts';

/** Shapes of types that several structures share, and of the values of extensions (RFC 5280). */

export const TIME_TAGS: readonly number[] = [TAG.utcTime, TAG.generalizedTime];

/** A Time that the schema class reads by type: the library accepts dates that do not exist. */
export const TIME: Shape = {
  check: (element) => void decodeTime(element),
  build(element) {
    decodeTime(element);
    return buildBlock(element);
  },
};

export const ALGORITHM_IDENTIFIER = sequence('AlgorithmIdentifier', [
  required('algorithm', TAG.objectIdentifier),
  { ...any('parameters'), isOptional: true },
]);

const ATTRIBUTE_TYPE_AND_VALUE = sequence('AttributeTypeAndValue', [
  required('type', TAG.objectIdentifier),
  any('value'),
]);
const RDN = listOf(required('RelativeDistinguishedName', TAG.sequence, ATTRIBUTE_TYPE_AND_VALUE));
export const NAME = listOf(required('Name', TAG.set, RDN), { mayBeEmpty: true });

export const SUBJECT_PUBLIC_KEY_INFO = sequence('SubjectPublicKeyInfo', [
  required('algorithm', TAG.sequence, ALGORITHM_IDENTIFIER),
  required('subjectPublicKey', TAG.bitString, wholeBytes('subjectPublicKey')),
]);

const EXTENSION = sequence('Extension', [
  opaque('extnID', TAG.objectIdentifier),
  defaultFalse('critical'),
  opaque('extnValue', TAG.octetString),
]);

export const EXTENSIONS = listOf(required('Extensions', TAG.sequence, EXTENSION));

/** Extensions under an explicit tag. */
export const TAGGED_EXTENSIONS = explicit(TAG.sequence, EXTENSIONS);

/** SIGNED{} around `tbs` (RFC 5280 section 4.1.1). */
export function signed(typeName: string, tbsName: string, tbs: Shape): Shape {
  return sequence(typeName, [
    required(tbsName, TAG.sequence, tbs),
    opaque('signatureAlgorithm', TAG.sequence, ALGORITHM_IDENTIFIER),
    opaque('signature', TAG.bitString, wholeBytes('signature')),
  ]);
}

const GENERAL_NAME_TAGS: readonly number[] = [0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88];

export const AUTHORITY_KEY_IDENTIFIER = sequence('AuthorityKeyIdentifier', [
  optional('keyIdentifier', 0x80),
  optional('authorityCertIssuer', 0xa1, listOf(required('authorityCertIssuer', GENERAL_NAME_TAGS))),
  optional('authorityCertSerialNumber', 0x82),
]);

export const BASIC_CONSTRAINTS = sequence('BasicConstraints', [
  defaultFalse('cA'),
  optional('pathLenConstraint', TAG.integer),
]);

export const EXTENDED_KEY_USAGE = listOf(required('ExtKeyUsageSyntax', TAG.objectIdentifier));

const POLICY_QUALIFIER_INFO = sequence('PolicyQualifierInfo', [
  required('policyQualifierId', TAG.objectIdentifier),
  any('qualifier'),
]);

const POLICY_INFORMATION = sequence('PolicyInformation', [
  required('policyIdentifier', TAG.objectIdentifier),
  optional(
    'policyQualifiers',
    TAG.sequence,
    listOf(required('policyQualifiers', TAG.sequence, POLICY_QUALIFIER_INFO)),
  ),
]);

export const CERTIFICATE_POLICIES = listOf(
  required('CertificatePolicies', TAG.sequence, POLICY_INFORMATION),
);

export const POLICY_CONSTRAINTS = sequence('PolicyConstraints', [
  optional('requireExplicitPolicy', 0x80),
  optional('inhibitPolicyMapping', 0x81),
]);

const POLICY_MAPPING = sequence('PolicyMapping', [
  required('issuerDomainPolicy', TAG.objectIdentifier),
  required('subjectDomainPolicy', TAG.objectIdentifier),
]);

export const POLICY_MAPPINGS = listOf(required('PolicyMappings', TAG.sequence, POLICY_MAPPING));

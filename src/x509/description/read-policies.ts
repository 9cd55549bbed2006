import {
  type DerElement,
  DerError,
  readChildren,
  readObjectIdentifier,
  TAG,
} from '../../asn1/der.ts';
import { decodeLatin1 } from '../../asn1/strings.ts';
import { describeText } from './describe-name.ts';
import type { ExtensionValues, PolicyQualifierDescription } from './description.ts';
import { POLICY_QUALIFIER_OID } from './extension-names.ts';
import { readInteger, readSmallInteger } from './read-elements.ts';

/** RFC 5280 section 4.2.1.4. @throws DerError */
export function readCertificatePolicies({
  content,
}: DerElement): ExtensionValues['certificatePolicies'] {
  return readChildren(content).map((policy) => {
    const [oid, qualifiers] = readChildren(policy.content);
    if (oid === undefined) throw new DerError('not a PolicyInformation');
    return {
      oid: readObjectIdentifier(oid),
      qualifiers:
        qualifiers === undefined ? [] : readChildren(qualifiers.content).map(readQualifier),
    };
  });
}

function readQualifier({ content }: DerElement): PolicyQualifierDescription {
  const [oidElement, qualifier] = readChildren(content);
  if (oidElement === undefined || qualifier === undefined) {
    throw new DerError('not a PolicyQualifierInfo');
  }
  const oid = readObjectIdentifier(oidElement);
  const none = { cps: null, organization: null, noticeNumbers: [], explicitText: null };
  switch (oid) {
    case POLICY_QUALIFIER_OID.cps:
      return { oid, ...none, cps: decodeLatin1(qualifier.content) };
    case POLICY_QUALIFIER_OID.userNotice:
      return { oid, ...none, ...readUserNotice(qualifier) };
    default:
      return { oid, ...none };
  }
}

function readUserNotice({ content }: DerElement) {
  const parts = readChildren(content);
  const reference = parts.find(({ tag }) => tag === TAG.sequence);
  const text = parts.find(({ tag }) => tag !== TAG.sequence);
  const [organization, numbers] = reference === undefined ? [] : readChildren(reference.content);
  return {
    organization: organization === undefined ? null : describeText(organization),
    noticeNumbers: numbers === undefined ? [] : readChildren(numbers.content).map(readInteger),
    explicitText: text === undefined ? null : describeText(text),
  };
}

/** RFC 5280 section 4.2.1.5. @throws DerError */
export function readPolicyMappings({ content }: DerElement): ExtensionValues['policyMappings'] {
  return readChildren(content).map((mapping) => {
    const [issuer, subject] = readChildren(mapping.content);
    if (issuer === undefined || subject === undefined) throw new DerError('not a PolicyMapping');
    return {
      issuerDomainPolicy: readObjectIdentifier(issuer),
      subjectDomainPolicy: readObjectIdentifier(subject),
    };
  });
}

/** RFC 5280 section 4.2.1.11. @throws DerError */
export function readPolicyConstraints({
  content,
}: DerElement): ExtensionValues['policyConstraints'] {
  const parts = readChildren(content);
  const read = (wanted: number) => {
    const part = parts.find(({ tag }) => tag === wanted);
    return part === undefined ? null : readSmallInteger(part);
  };
  return { requireExplicitPolicy: read(0x80), inhibitPolicyMapping: read(0x81) };
}

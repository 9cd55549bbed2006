import { parseExtendedKeyUsage } from '../../x509/certificate/extended-key-usages.ts';
import { encodeSubjectFields } from '../../x509/names/subject-fields.ts';
import { readCustomPassthrough } from './custom-passthrough.ts';
import { describeIssued, issueLeaf, readImmediately } from './issue-leaf.ts';
import { type RpcCall, requireParameter } from './rpc-call.ts';

/**
 * CreateCustomCertificate: a leaf in which each part of ApiPassthrough replaces that part of the
 * request.
 */
export async function createCustomCertificate(call: RpcCall) {
  const { parameters } = call;
  readImmediately(parameters);
  const { subject, subjectAltNames, extendedKeyUsages, keyUsages } =
    readCustomPassthrough(parameters);
  const issued = await issueLeaf(call, {
    profile: 'cas-custom',
    replaceSubject: subject === null ? null : () => encodeSubjectFields(subject),
    subjectAltNames: subjectAltNames ?? [],
    onlyTheseNames: subjectAltNames !== null,
    extendedKeyUsages: extendedKeyUsages?.map(parseExtendedKeyUsage) ?? null,
    keyUsages,
    validity: requireParameter(parameters, 'Validity'),
  });
  return describeIssued(call, issued, 'Certificate');
}

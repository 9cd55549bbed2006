import { EXTENDED_KEY_USAGE_OID } from '../../asn1/oids.ts';
import { SignetError } from '../../errors.ts';
import { parseExtendedKeyUsage } from '../../x509/certificate/extended-key-usages.ts';
import type { GeneralName } from '../../x509/names/general-names.ts';
import { formatIpAddress, parseIpAddress } from '../../x509/names/ip-address.ts';
import { encodeSubjectFields } from '../../x509/names/subject-fields.ts';
import { type Parameters, requireParameter } from './authentication/acs-parameters.ts';
import { readCustomPassthrough } from './custom-passthrough.ts';
import { describeIssued, issueLeaf, readImmediately, readReplacement } from './issue-leaf.ts';
import { readPeriod, splitList } from './read-parameters.ts';
import type { RpcCall } from './rpc-call.ts';

/** CreateServerCertificateWithCsr: adds the names of Domain to those of the CSR. */
export async function createServerCertificate(call: RpcCall) {
  const { parameters } = call;
  readImmediately(parameters);
  const issued = await issueLeaf(call, {
    profile: 'cas-server',
    replaceSubject: readReplacement(call),
    subjectAltNames: splitList(parameters, 'Domain').map(readHost),
    onlyTheseNames: false,
    extendedKeyUsages: [EXTENDED_KEY_USAGE_OID.serverAuth],
    keyUsages: null,
    validity: readPeriod(parameters),
  });
  return describeIssued(call, issued, 'X509Certificate');
}

/** CreateClientCertificateWithCsr: adds the names of SanValue to those of the CSR. */
export async function createClientCertificate(call: RpcCall) {
  const { parameters } = call;
  readImmediately(parameters);
  const issued = await issueLeaf(call, {
    profile: 'cas-client',
    replaceSubject: readReplacement(call),
    subjectAltNames: readSans(parameters),
    onlyTheseNames: false,
    extendedKeyUsages: [EXTENDED_KEY_USAGE_OID.clientAuth],
    keyUsages: null,
    validity: readPeriod(parameters),
  });
  return describeIssued(call, issued, 'X509Certificate');
}

/** CreateCustomCertificate: each part of ApiPassthrough replaces that part of the CSR. */
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

function readHost(text: string): GeneralName {
  const octets = parseIpAddress(text);
  const ip = octets === null ? null : formatIpAddress(octets);
  return ip === null ? { kind: 'dns', value: text } : { kind: 'ip', value: ip };
}

/** By SanType: the numbers of the GeneralName choices, RFC 5280 section 4.2.1.6. */
const SAN_KINDS: ReadonlyMap<string, GeneralName['kind']> = new Map([
  ['1', 'email'],
  ['6', 'uri'],
]);

function readSans(parameters: Parameters): readonly GeneralName[] {
  const values = splitList(parameters, 'SanValue');
  if (values.length === 0) return [];
  const kind = SAN_KINDS.get(parameters.get('SanType') ?? '');
  if (kind !== undefined) return values.map((value) => ({ kind, value }));
  throw new SignetError(
    'invalid-parameter',
    'SanType says what SanValue holds: 1 for e-mail addresses, 6 for URIs.',
    { field: 'SanType' },
  );
}

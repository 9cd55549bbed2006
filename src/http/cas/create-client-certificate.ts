import { EXTENDED_KEY_USAGE_OID } from '../../asn1/oids.ts';
import { SignetError } from '../../errors.ts';
import type { GeneralName } from '../../x509/names/general-names.ts';
import { describeIssued, issueLeaf, readImmediately, readReplacement } from './issue-leaf.ts';
import { readPeriod } from './read-period.ts';
import type { RpcCall } from './rpc-call.ts';
import { splitList } from './split-list.ts';

const KIND_OF: ReadonlyMap<string, GeneralName['kind']> = new Map([
  ['1', 'email'],
  ['6', 'uri'],
]);

/** CreateClientCertificateWithCsr: for a client, with SanValue beside the names of the request. */
export async function createClientCertificate(call: RpcCall) {
  const { parameters } = call;
  readImmediately(parameters);
  const issued = await issueLeaf(call, {
    profile: 'cas-client',
    replaceSubject: readReplacement(call),
    subjectAltNames: readNames(parameters),
    onlyTheseNames: false,
    extendedKeyUsages: [EXTENDED_KEY_USAGE_OID.clientAuth],
    keyUsages: null,
    validity: readPeriod(parameters),
  });
  return describeIssued(call, issued, 'X509Certificate');
}

function readNames(parameters: RpcCall['parameters']): readonly GeneralName[] {
  const values = splitList(parameters, 'SanValue');
  if (values.length === 0) return [];
  const kind = KIND_OF.get(parameters.get('SanType') ?? '');
  if (kind !== undefined) return values.map((value) => ({ kind, value }));
  throw new SignetError(
    'invalid-parameter',
    'SanType says what SanValue holds: 1 for e-mail addresses, 6 for URIs.',
    { field: 'SanType' },
  );
}

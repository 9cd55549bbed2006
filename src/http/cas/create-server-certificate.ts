import { EXTENDED_KEY_USAGE_OID } from '../../asn1/oids.ts';
import type { GeneralName } from '../../x509/names/general-names.ts';
import { formatIpAddress, parseIpAddress } from '../../x509/names/ip-address.ts';
import { describeIssued, issueLeaf, readImmediately, readReplacement } from './issue-leaf.ts';
import { readPeriod } from './read-period.ts';
import type { RpcCall } from './rpc-call.ts';
import { splitList } from './split-list.ts';

/** CreateServerCertificateWithCsr: for a server, with Domain beside the names of the request. */
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

function readHost(text: string): GeneralName {
  const octets = parseIpAddress(text);
  const ip = octets === null ? null : formatIpAddress(octets);
  return ip === null ? { kind: 'dns', value: text } : { kind: 'ip', value: ip };
}

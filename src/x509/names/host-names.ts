import { readChildren, readOnly, TAG } from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { decodeLatin1 } from '../../asn1/strings.ts';
import type { ExtensionMap } from '../certificate/extensions.ts';
import { formatIpAddress } from './ip-address.ts';

/** Tags of GeneralName (RFC 5280 section 4.2.1.6). */
const DNS_TAG = 0x82;
const IP_TAG = 0x87;

/** Printable ASCII without commas, because lists of names are joined by commas. */
const PRINTABLE = /^[\x21-\x2b\x2d-\x7e]{1,253}$/;

/** Each in the order of the extension, each once. */
export interface HostNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/**
 * Lists the DNS names and IP addresses of a subjectAltName. Other CAs issued these certificates, so
 * names of other kinds and unprintable names are skipped, not refused.
 * @throws DerError if the extension is not a SEQUENCE
 */
export function listHostNames(extensions: ExtensionMap): HostNames {
  const extension = extensions.get(OID.subjectAltName);
  const dnsNames = new Set<string>();
  const ipAddresses = new Set<string>();
  if (extension !== undefined) {
    const { content: names } = readOnly(extension.valueDer, TAG.sequence);
    for (const { tag, content } of readChildren(names)) {
      if (tag === DNS_TAG) addPrintable(dnsNames, decodeLatin1(content));
      if (tag === IP_TAG) addPrintable(ipAddresses, formatIpAddress(content));
    }
  }
  return { dnsNames: [...dnsNames], ipAddresses: [...ipAddresses] };
}

function addPrintable(names: Set<string>, name: string | null): void {
  if (name !== null && PRINTABLE.test(name)) names.add(name);
}

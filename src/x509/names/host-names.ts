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

/**
 * Lists the DNS names and IP addresses of a subjectAltName in their order, each once. Other CAs
 * issued these certificates, so names of other kinds and unprintable names are skipped, not
 * refused.
 * @throws DerError if the extension is not a SEQUENCE
 */
export function listHostNames(extensions: ExtensionMap): readonly string[] {
  const extension = extensions.get(OID.subjectAltName);
  if (extension === undefined) return [];
  const names = new Set<string>();
  for (const { tag, content } of readChildren(readOnly(extension.valueDer, TAG.sequence).content)) {
    const name =
      tag === DNS_TAG ? decodeLatin1(content) : tag === IP_TAG ? formatIpAddress(content) : null;
    if (name !== null && PRINTABLE.test(name)) names.add(name);
  }
  return [...names];
}

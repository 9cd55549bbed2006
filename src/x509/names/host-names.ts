import { readChildren, readOnly, TAG } from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { decodeLatin1 } from '../../asn1/strings.ts';
import type { ExtensionMap } from '../certificate/extensions.ts';
import { formatIpAddress } from './ip-address.ts';

/** GeneralName's choices, RFC 5280 section 4.2.1.6. */
const DNS_TAG = 0x82;
const IP_TAG = 0x87;

/** What shows, and no comma: lists of names are joined by it. */
const SHOWABLE = /^[\x21-\x2b\x2d-\x7e]{1,253}$/;

/**
 * The DNS names and IP addresses of a subjectAltName, each once, in their order. It tells what a
 * certificate from elsewhere says: names of other kinds and names that cannot be shown are left
 * out, nothing is refused for its form.
 * @throws DerError where the extension is no SEQUENCE
 */
export function listHostNames(extensions: ExtensionMap): readonly string[] {
  const extension = extensions.get(OID.subjectAltName);
  if (extension === undefined) return [];
  const names = new Set<string>();
  for (const { tag, content } of readChildren(readOnly(extension.valueDer, TAG.sequence).content)) {
    const name =
      tag === DNS_TAG ? decodeLatin1(content) : tag === IP_TAG ? formatIpAddress(content) : null;
    if (name !== null && SHOWABLE.test(name)) names.add(name);
  }
  return [...names];
}

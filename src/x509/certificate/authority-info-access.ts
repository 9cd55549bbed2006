import { readChildren, readObjectIdentifier, readOnly, TAG } from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import type { ExtensionMap } from './extensions.ts';

/** GeneralName's uniformResourceIdentifier (RFC 5280 section 4.2.1.6). */
const URI_TAG = 0x86;

/** Returns the first OCSP URL of a certificate (RFC 5280 section 4.2.2.1), or null. @throws DerError */
export function readOcspUrl(extensions: ExtensionMap): string | null {
  const extension = extensions.get(OID.authorityInfoAccess);
  if (extension === undefined) return null;
  for (const description of readChildren(readOnly(extension.valueDer, TAG.sequence).content)) {
    const [method, location] = readChildren(description.content);
    if (method === undefined || readObjectIdentifier(method) !== OID.ocsp) continue;
    if (location?.tag === URI_TAG) return new TextDecoder().decode(location.content);
  }
  return null;
}

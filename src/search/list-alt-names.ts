import { OID } from '../asn1/oids.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';

import { parseSubjectAltName } from '../x509/names/general-names.ts';

/** The alternative names of a certificate in DER, to be shown; none if they cannot be read. */
export function listAltNames(certificateDer: Uint8Array | null): string[] {
  if (certificateDer === null) return [];
  try {
    const extension = parseCertificate(certificateDer).extensions.get(OID.subjectAltName);
    return extension === undefined
      ? []
      : parseSubjectAltName(extension.valueDer).map(({ value }) => value);
  } catch {
    // An imported certificate may break rules that this CA keeps.
    return [];
  }
}

import { OID } from '../asn1/oids.ts';
import { sha256Hex } from '../bytes.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { type GeneralName, parseSubjectAltName } from '../x509/names/general-names.ts';
import type { Described } from './terms.ts';

/** Reads what a recorded certificate is searched by. Without a body, little is known of it. */
export async function describeRecorded({
  subject,
  profile,
  certificateDer,
}: {
  readonly subject: string;
  readonly profile: string;
  readonly certificateDer: Uint8Array | null;
}): Promise<Described> {
  return {
    subject,
    profile,
    altNames: readAltNames(certificateDer),
    sha256Hex: certificateDer === null ? null : await sha256Hex(certificateDer),
  };
}

/** The alternative names of a certificate in DER; none if they cannot be read. */
export function readAltNames(certificateDer: Uint8Array | null): readonly GeneralName[] {
  if (certificateDer === null) return [];
  try {
    const extension = parseCertificate(certificateDer).extensions.get(OID.subjectAltName);
    return extension === undefined ? [] : parseSubjectAltName(extension.valueDer);
  } catch {
    // An imported certificate may break rules that this CA keeps.
    return [];
  }
}

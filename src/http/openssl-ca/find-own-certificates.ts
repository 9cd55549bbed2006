import { SHARED_SECRET_PRINCIPAL } from '../../access/shared-secret.ts';
import { isGenerationOf } from '../../authorities/authority.ts';
import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import type { RecordedCertificate } from '../../issuance/store.ts';
import type { Call } from '../call.ts';

/** A serial number with the generation of the default authority that gave it. */
export interface FoundSerial {
  readonly serialHex: string;
  readonly authorityId: string;
}

/** What the default authority issued under a serial number, by whichever of its keys. */
export async function findOwnCertificates(
  call: Call,
  serialHex: string,
): Promise<readonly RecordedCertificate[]> {
  const found = await call.services.findCertificates(serialHex, null, SHARED_SECRET_PRINCIPAL);
  return found.filter(({ authorityId }) => isGenerationOf(authorityId, DEFAULT_AUTHORITY_ID));
}

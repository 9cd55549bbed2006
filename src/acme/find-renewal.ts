import type { Authority } from '../authorities/authority.ts';
import { SignetError } from '../errors.ts';
import type { AcmeCertificateStore } from './certificate-store.ts';
import { parseCertificateId, type RenewalWindow, suggestWindow } from './renewal.ts';

export interface RenewalDependencies {
  readonly store: Pick<AcmeCertificateStore, 'findValidity'>;
  findGeneration(authority: Authority, keyIdentifier: Uint8Array): Promise<Authority | null>;
  /** Unix ms. */
  readonly clock: () => number;
}

/**
 * Returns when to renew a certificate of the authority (RFC 9773 section 4).
 * @param authority the generation that signs now
 * @throws SignetError malformed-request, certificate-not-found
 */
export async function findRenewal(
  { store, findGeneration, clock }: RenewalDependencies,
  authority: Authority,
  certificateId: string,
): Promise<RenewalWindow> {
  const { keyIdentifier, serialHex } = parseCertificateId(certificateId);
  const generation = await findGeneration(authority, keyIdentifier);
  const found =
    generation === null ? null : await store.findValidity(generation.generationId, serialHex);
  if (found === null) {
    throw new SignetError(
      'certificate-not-found',
      'The authority of this directory has issued no such certificate.',
    );
  }
  const mustGo = found.isRevoked || generation?.generationId !== authority.generationId;
  return suggestWindow(found, mustGo, Math.floor(clock() / 1000));
}

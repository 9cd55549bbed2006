import type { Authority } from '../../authorities/authority.ts';
import { SignetError } from '../../errors.ts';
import type { AccountCall } from '../call.ts';
import { listChains } from './certificate-chains.ts';
import type { AcmeOrderStore } from './order-store.ts';

export interface AcmeCertificates {
  /**
   * Returns the certificate of an order with its chains, the default first.
   * @throws SignetError not-found
   */
  find(
    call: AccountCall,
    orderId: string,
  ): Promise<{
    readonly certificateDer: Uint8Array;
    /** Each without the certificate itself. */
    readonly chains: readonly (readonly Uint8Array[])[];
  }>;
}

export interface CertificateDependencies {
  readonly store: Pick<AcmeOrderStore, 'findCertificate'>;
  openAuthority(generationId: string): Promise<Authority>;
}

export function createAcmeCertificates(dependencies: CertificateDependencies): AcmeCertificates {
  const { store, openAuthority } = dependencies;

  /** The root, or the highest authority that is kept here. */
  async function openTop(authority: Authority): Promise<Authority> {
    const { parentId } = authority;
    return parentId === null ? authority : openTop(await openAuthority(parentId));
  }

  return {
    async find(call, orderId) {
      const found = await store.findCertificate(call, orderId);
      if (found === null) {
        throw new SignetError(
          'not-found',
          'There is no such certificate, or it is not yours, or it is not kept any more.',
        );
      }
      const authority = await openAuthority(found.authorityId);
      const cross = (await openTop(authority)).crossCertificateDer;
      const chains = listChains(authority, cross === null ? [] : [cross]);
      return { certificateDer: found.certificateDer, chains };
    },
  };
}

import type { Authority } from '../../authorities/authority.ts';

/**
 * Returns the chains of a certificate, each issuer first: the default, then alternates for clients that
 * trust another root (RFC 8555 section 7.4.2). A root is left out, unless it signed the certificate
 * itself: many clients want two certificates at least.
 * @param crossCertificatesDer the root's key, certified by other keys of the same root
 */
export function listChains(
  { certificateDer, chainDer }: Pick<Authority, 'certificateDer' | 'chainDer'>,
  crossCertificatesDer: readonly Uint8Array[],
): readonly (readonly Uint8Array[])[] {
  const issuers =
    chainDer.length === 0 ? [certificateDer] : [certificateDer, ...chainDer.slice(0, -1)];
  const belowRoot = chainDer.length === 0 ? [] : issuers;
  return [issuers, ...crossCertificatesDer.map((cross) => [...belowRoot, cross])];
}

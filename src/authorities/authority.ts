import type { SignetError } from '../errors.ts';
import type { Signer } from '../keys/signer.ts';
import type { Certificate } from '../x509/certificate.ts';

/** A certificate authority as it is held in memory: what it publishes and, where usable, its key. */
export interface Authority {
  readonly id: string;
  readonly certificate: Certificate;
  readonly certificateDer: Uint8Array;
  readonly certificateSha256Hex: string;
  /** Issuer first, root last; empty for a root. */
  readonly chainDer: readonly Uint8Array[];
  readonly subjectDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
  readonly notAfterSeconds: number;
  /** Unix ms of the moment it was made or imported here. */
  readonly createdAtMs: number;
  /** The key, or why nothing may be signed: an error whose cause names the secret, for the log. */
  readonly signing: { readonly signer: Signer } | { readonly refusal: SignetError };
}

/** @throws SignetError authority-unavailable where the authority's key cannot be used */
export function requireSigner(authority: Authority): Signer {
  if ('refusal' in authority.signing) throw authority.signing.refusal;
  return authority.signing.signer;
}

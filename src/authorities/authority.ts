import type { SignetError } from '../errors.ts';
import type { Profile } from '../issuance/profiles.ts';
import type { Signer } from '../keys/signer.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import type { AuthorityState } from './store.ts';

/** A certificate authority as it is held in memory: what it publishes and, where usable, its key. */
export interface Authority {
  /** Of this key generation: it stands in what it publishes. */
  readonly id: string;
  /** What users call the authority, whichever generation signs. */
  readonly lineageId: string;
  readonly name: string;
  /** The account that it belongs to; one of the account `root` serves every account. */
  readonly accountId: string;
  readonly state: Exclude<AuthorityState, 'pending'>;
  readonly parentId: string | null;
  readonly certificate: Certificate;
  readonly certificateDer: Uint8Array;
  readonly certificateSha256Hex: string;
  /** Issuer first, root last; empty for a root. */
  readonly chainDer: readonly Uint8Array[];
  /** The certificate and those of `chainDer`, parsed. */
  readonly issuers: readonly Certificate[];
  /** A root's key as an older generation certified it: for whoever trusts only that one. Else null. */
  readonly crossCertificateDer: Uint8Array | null;
  readonly subjectDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
  readonly notAfterSeconds: number;
  /** Unix ms of the moment it was made or imported here. */
  readonly createdAtMs: number;
  /** Unix ms of the moment its certificate was last replaced. */
  readonly certifiedAtMs: number;
  /** Instead of those of the configuration; null for these. */
  readonly profiles: ReadonlyMap<string, Profile> | null;
  /** The key, or why nothing may be signed: an error whose cause names the secret, for the log. */
  readonly signing: { readonly signer: Signer } | { readonly refusal: SignetError };
  /** Signs revocation lists alone: also for an authority that is disabled or revoked. Null without a key. */
  readonly crlSigner: Signer | null;
}

/** @throws SignetError authority-unavailable where the authority's key cannot be used */
export function requireSigner(authority: Authority): Signer {
  if ('refusal' in authority.signing) throw authority.signing.refusal;
  return authority.signing.signer;
}

/** The id of an authority's n-th key generation; the first one's is the authority's own. */
export function generationId(lineageId: string, generation: number): string {
  return generation === 1 ? lineageId : `${lineageId}-${generation}`;
}

/** Whether `id` was made by `generationId` of that authority. */
export function isGenerationOf(id: string, lineageId: string): boolean {
  return (
    id === lineageId ||
    (id.startsWith(`${lineageId}-`) && /^\d+$/.test(id.slice(lineageId.length + 1)))
  );
}

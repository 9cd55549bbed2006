import type { SignetError } from '../errors.ts';
import type { Profile } from '../issuance/profiles.ts';
import type { Signer } from '../keys/signer.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import type { AcmeSettings } from './acme-settings.ts';
import type { AuthorityState } from './store.ts';

/** A certificate authority as an isolate holds it: what it publishes and, if usable, its key. */
export interface Authority {
  /** Names this key generation in everything that it publishes and signs. */
  readonly generationId: string;
  /** Names the authority with all its generations: the id that users know. */
  readonly lineageId: string;
  readonly name: string;
  /** The account that owns it. Every account may use an authority of the account `root`. */
  readonly accountId: string;
  readonly state: Exclude<AuthorityState, 'pending'>;
  readonly parentId: string | null;
  readonly certificate: Certificate;
  readonly certificateDer: Uint8Array;
  readonly certificateSha256Hex: string;
  /**
   * SHA-256 (hex) of the certificate and of those of the authorities above it here, separated by
   * spaces. A commit by this authority fails if one of them has changed or is revoked.
   */
  readonly chainSha256Hex: string;
  /** Issuer first, root last; empty for a root. */
  readonly chainDer: readonly Uint8Array[];
  /** The certificate and those of `chainDer`, parsed. */
  readonly issuers: readonly Certificate[];
  /** A root's key, certified by its older key, for clients that trust only that. Else null. */
  readonly crossCertificateDer: Uint8Array | null;
  readonly subjectDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
  readonly notAfterSeconds: number;
  /** When it was made or imported here, in Unix ms. */
  readonly createdAtMs: number;
  /** When its certificate was last replaced, in Unix ms. */
  readonly certifiedAtMs: number;
  /** When a certificate of its chain was last replaced, in Unix ms. */
  readonly chainCertifiedAtMs: number;
  /** The authority's own profiles; null for those of the configuration. */
  readonly profiles: ReadonlyMap<string, Profile> | null;
  /** The policy that bounds everything that it signs; null for none. The commit checks it. */
  readonly policyId: string | null;
  readonly acme: AcmeSettings;
  /** The key, or why it cannot be used: an error whose cause names the secret for the log. */
  readonly signing: { readonly signer: Signer } | { readonly refusal: SignetError };
  /** Signs CRLs only, also while the authority must not sign certificates. Null without a key. */
  readonly crlSigner: Signer | null;
}

/** @throws SignetError authority-unavailable if the authority's key cannot be used */
export function requireSigner(authority: Authority): Signer {
  if ('refusal' in authority.signing) throw authority.signing.refusal;
  return authority.signing.signer;
}

/** The id of an authority's n-th key generation; the first one's is the authority's own. */
export function makeGenerationId(lineageId: string, generation: number): string {
  return generation === 1 ? lineageId : `${lineageId}-${generation}`;
}

/** Whether `id` was made by makeGenerationId for that authority. */
export function isGenerationOf(id: string, lineageId: string): boolean {
  return (
    id === lineageId ||
    (id.startsWith(`${lineageId}-`) && /^\d+$/.test(id.slice(lineageId.length + 1)))
  );
}

import type { CertificateKind, PolicyRules } from './policy.ts';

/** The facts of a certificate that rules speak about. */
export interface CertificateFacts {
  /** The authority that signs; null for a certificate that signs itself. */
  readonly authorityId: string | null;
  readonly kind: CertificateKind;
  /** Of a leaf; null for a CA. */
  readonly profile: string | null;
  /** All attributes, in any order. */
  readonly subject: readonly SubjectAttribute[];
  readonly names: readonly AlternativeName[];
  /** From the later one of now and notBefore to notAfter. */
  readonly validitySeconds: number;
}

export interface SubjectAttribute {
  /** The short name, or the OID if there is none. */
  readonly type: string;
  /** Null if it is not text. */
  readonly value: string | null;
}

/** A subject alternative name. */
export interface AlternativeName {
  /** `dns`, `ip`, `email`, `uri`, or a kind that no rule knows. */
  readonly kind: string;
  readonly value: string;
}

/** One reason to refuse a certificate. */
export interface Finding {
  readonly rule: keyof PolicyRules;
  /** What the rule does not permit. */
  readonly name: string;
  /** The end of a sentence that begins with the name. */
  readonly reason: string;
}

/**
 * What a certificate may be. What no rule names is refused; 'any' has to be said. parsePolicyRules
 * checks it and fills in every default.
 */
export interface PolicyRules {
  /** Ids of authorities. A certificate that signs itself has no authority: only 'any' permits it. */
  readonly authorities: 'any' | readonly string[];
  /** Names of profiles of leaf certificates. */
  readonly profiles: 'any' | readonly string[];
  /** The kinds of certificates; without 'leaf', no leaf certificate. */
  readonly issues: readonly CertificateKind[];
  readonly dnsNames: 'any' | readonly DnsRule[];
  readonly ipRanges: 'any' | readonly IpRule[];
  /** A domain in lower case, or with a dot before it for every domain below it. */
  readonly emailDomains: 'any' | readonly string[];
  /** A scheme, an authority and perhaps a path, which ends at a segment (see parseUriPrefix). */
  readonly uriPrefixes: 'any' | readonly string[];
  /** The permitted values by the attribute's short name, such as O. */
  readonly subject: 'any' | Readonly<Record<string, 'any' | readonly string[]>>;
  /** From the later one of now and notBefore to notAfter. Null for no limit. */
  readonly maxValiditySeconds: number | null;
  /** How many certificates issued under the policy may be valid at once. Null for no limit. */
  readonly maxValidCertificates: number | null;
}

export type CertificateKind = 'leaf' | 'ca';

/** Whether an ACME client has to prove that it controls a name. */
export type AcmeProof = 'pre-authorized' | 'prove';

export interface DnsRule {
  /** In lower case, without a wildcard. */
  readonly name: string;
  /** The name itself, names one label below it, or all names below it. */
  readonly match: 'exact' | 'one-label' | 'any-depth';
  /** Whether a wildcard may stand for the names that the rule permits. */
  readonly wildcards: boolean;
  readonly acme: AcmeProof;
}

export interface IpRule {
  /** In CIDR notation, without bits after the prefix: 10.0.0.0/8, 2001:db8::/32. */
  readonly range: string;
  readonly acme: AcmeProof;
}

/** A policy as its account knows it. */
export interface Policy {
  /** `pol-` and 12 of a-z0-9. */
  readonly id: string;
  /** The account that owns it. */
  readonly accountId: string;
  readonly name: string;
  readonly rules: PolicyRules;
  /** Rises with each change, from 1 on. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

import type { Identifier } from '../acme-error.ts';

export const CHALLENGE_TYPES = ['http-01', 'dns-01', 'tls-alpn-01'] as const;

export type ChallengeType = (typeof CHALLENGE_TYPES)[number];

/** What the holder of an ACME account has to provide (RFC 8555 section 8). */
export interface Challenge {
  readonly type: ChallengeType;
  /** A DNS name in lower case as A-labels without `*.`, or an IP address. */
  readonly identifier: Identifier;
  readonly token: string;
  /** RFC 8555 section 8.1. */
  readonly keyAuthorization: string;
}

export interface ChallengeProblem {
  /** Has the meaning of the error type with this name in RFC 8555 section 6.7. */
  readonly code: 'connection' | 'dns' | 'tls' | 'unauthorized' | 'incorrect-response' | 'caa';
  /** A sentence for the caller. It quotes nothing that another host sent. */
  readonly detail: string;
  /** For the log. */
  readonly cause?: unknown;
}

export type ChallengeOutcome =
  | { readonly valid: true }
  | { readonly valid: false; readonly problem: ChallengeProblem };

export const VALID: ChallengeOutcome = { valid: true };

export function refuse(
  code: ChallengeProblem['code'],
  detail: string,
  cause?: unknown,
): ChallengeOutcome {
  return { valid: false, problem: { code, detail, ...(cause === undefined ? {} : { cause }) } };
}

/**
 * Returns the challenge types that can prove control of an identifier (RFC 8555 sections 7.1.4 and
 * 8.4, RFC 8738 section 7).
 * @param wildcard whether the certificate is for `*.` and the identifier
 */
export function listChallengeTypes(
  identifier: Identifier,
  wildcard: boolean,
): readonly ChallengeType[] {
  if (wildcard) return ['dns-01'];
  return identifier.type === 'ip' ? ['http-01', 'tls-alpn-01'] : CHALLENGE_TYPES;
}

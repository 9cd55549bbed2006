import type { Identifier } from '../acme-error.ts';
import type { ChallengeProblem, ChallengeType } from '../challenges/challenge.ts';
import { listChallengeTypes } from '../challenges/challenge.ts';

/**
 * The state machines of RFC 8555 section 7.1.6. The record keeps only what a request decided. What
 * follows from the authorizations and from the time is derived here: an order is ready or invalid
 * because of its authorizations, and an authorization expires. `ORDER_MAY_FINALIZE` in
 * `src/store/acme-order-sql.ts` asks the same in SQL.
 */

export interface Order {
  /** 20 of A-Za-z0-9. */
  readonly id: string;
  readonly accountId: string;
  /** What the record says. `deriveOrderStatus` says what the client sees. */
  readonly recorded: 'pending' | 'processing' | 'valid' | 'invalid';
  /** DNS names may have a wildcard. */
  readonly identifiers: readonly Identifier[];
  readonly profile: string;
  /** Whether the client chose the profile. */
  readonly namesProfile: boolean;
  /** As the client asked; null if it did not. */
  readonly notBeforeSeconds: number | null;
  readonly notAfterSeconds: number | null;
  /** The id of the certificate that this one replaces (RFC 9773 section 4.1); null for none. */
  readonly replaces: string | null;
  /** From finalize on, if it is not answered at once. */
  readonly csrDer: Uint8Array | null;
  readonly error: OrderProblem | null;
  readonly createdAtSeconds: number;
  readonly expiresAtSeconds: number;
}

/** Why an order could not be finalized. */
export interface OrderProblem {
  readonly code: string;
  readonly message: string;
}

export interface Authorization {
  readonly id: string;
  readonly orderId: string;
  readonly accountId: string;
  /** Without a wildcard. */
  readonly identifier: Identifier;
  readonly wildcard: boolean;
  readonly recorded: 'pending' | 'valid' | 'invalid' | 'deactivated';
  /** Whether the policy permits the identifier without a proof. */
  readonly preAuthorized: boolean;
  /** Of all its challenges. */
  readonly token: string;
  /** The challenge that the client chose; null before. */
  readonly challengeType: ChallengeType | null;
  /** How many validations have begun. */
  readonly attempts: number;
  readonly validatedAtSeconds: number | null;
  /** See AuthorizationProofs. */
  readonly proof: string | null;
  readonly problem: Omit<ChallengeProblem, 'cause'> | null;
  readonly expiresAtSeconds: number;
}

export interface OrderState {
  readonly order: Order;
  /** In the order of its identifiers. */
  readonly authorizations: readonly Authorization[];
}

export type OrderStatus = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid';
export type AuthorizationStatus = 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired';
export type ChallengeStatus = 'pending' | 'processing' | 'valid' | 'invalid';

export function deriveOrderStatus(
  { order, authorizations }: OrderState,
  nowSeconds: number,
): OrderStatus {
  if (order.recorded !== 'pending') return order.recorded;
  if (order.expiresAtSeconds <= nowSeconds) return 'invalid';
  // A row that another program changed must not make an order ready.
  if (authorizations.length < order.identifiers.length) return 'invalid';
  const statuses = authorizations.map((each) => deriveAuthorizationStatus(each, nowSeconds));
  if (statuses.every((status) => status === 'valid')) return 'ready';
  return statuses.every((status) => status === 'valid' || status === 'pending')
    ? 'pending'
    : 'invalid';
}

export function deriveAuthorizationStatus(
  { recorded, expiresAtSeconds }: Pick<Authorization, 'recorded' | 'expiresAtSeconds'>,
  nowSeconds: number,
): AuthorizationStatus {
  const mayExpire = recorded === 'valid' || recorded === 'pending';
  return mayExpire && expiresAtSeconds <= nowSeconds ? 'expired' : recorded;
}

/** Returns the challenges of an authorization: all, or the one that decided it. */
export function listChallenges(authorization: Authorization): readonly ChallengeType[] {
  const { identifier, wildcard, challengeType, recorded } = authorization;
  const isDecided = recorded === 'valid' || recorded === 'invalid';
  return isDecided && challengeType !== null
    ? [challengeType]
    : listChallengeTypes(identifier, wildcard);
}

/** RFC 8555 section 7.1.6. The challenges of a pre-authorized identifier are valid without an attempt. */
export function deriveChallengeStatus(
  { recorded, challengeType, preAuthorized, validatedAtSeconds }: Authorization,
  type: ChallengeType,
): ChallengeStatus {
  if (recorded === 'valid' && preAuthorized) return 'valid';
  if (challengeType !== type) return 'pending';
  if (validatedAtSeconds !== null) return 'valid';
  if (recorded === 'pending') return 'processing';
  return recorded === 'invalid' ? 'invalid' : 'pending';
}

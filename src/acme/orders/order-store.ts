import type { AuditEvent } from '../../audit/event.ts';
import type { Bounds } from '../../policy/bounds.ts';
import type { AccountCall } from '../call.ts';
import type { ChallengeProblem, ChallengeType } from '../challenges/challenge.ts';
import type { CertificateId } from '../renewal.ts';
import type { Authorization, OrderProblem, OrderState } from './order.ts';

/** The certificate that a new order replaces, as the record names it. */
export interface Replaced extends Pick<CertificateId, 'serialHex'> {
  /** See formatCertificateId. */
  readonly id: string;
  /** The generation that signed it. */
  readonly authorityId: string;
}

export type Creation =
  | 'created'
  | 'policy-changed'
  | 'too-many-orders'
  | 'too-many-failures'
  | 'not-replaceable'
  | 'already-replaced';

/** Where a page of an account's orders begins: after this order. */
export interface OrderCursor {
  readonly createdAtSeconds: number;
  readonly id: string;
}

/**
 * Follows the rules of `AcmeAccountStore`: every method with a call spends its nonce in its one batch.
 * An object of another account is as absent as one that does not exist.
 */
export interface AcmeOrderStore {
  /**
   * Creates the order with its authorizations, unless a limit is reached.
   * @param bounds that permitted it, and must not have changed
   * @returns `names`: those with too many failed validations
   */
  create(
    call: AccountCall,
    state: OrderState,
    replaced: Replaced | null,
    bounds: Bounds,
  ): Promise<{ readonly outcome: Creation; readonly names: readonly string[] }>;
  find(call: AccountCall, orderId: string): Promise<OrderState | null>;
  /** Lists orders that are not invalid, oldest first, without their authorizations. */
  list(
    call: AccountCall,
    after: OrderCursor | null,
    limit: number,
  ): Promise<readonly OrderCursor[]>;
  /**
   * Reads an order to finalize it, and whether the key with this thumbprint is that of an account. It
   * spends no nonce: the commit of the certificate does.
   */
  findToFinalize(
    call: AccountCall,
    orderId: string,
    thumbprint: string,
  ): Promise<{ readonly state: OrderState; readonly isAccountKey: boolean } | null>;
  /**
   * Notes that the CSR of a ready order is being signed. Returns the order as it is then: it may be
   * finished.
   */
  markProcessing(
    call: AccountCall,
    orderId: string,
    csrDer: Uint8Array,
    untilSeconds: number,
  ): Promise<OrderState | null>;
  /** Ends an order that was being processed with this CSR. */
  markFailed(orderId: string, csrDer: Uint8Array, problem: OrderProblem): Promise<void>;
  /** Returns the certificate of an order; null if there is none. */
  findCertificate(
    call: AccountCall,
    orderId: string,
  ): Promise<{ readonly authorityId: string; readonly certificateDer: Uint8Array } | null>;
}

/** A validation that has begun. */
export interface Attempt {
  readonly authorization: Authorization;
  /** Whether this call began it. It did not if the challenge was answered before. */
  readonly begun: boolean;
  /** Whether too many validations of the name have failed. */
  readonly limited: boolean;
}

export interface AcmeAuthorizationStore {
  find(call: AccountCall, id: string): Promise<Authorization | null>;
  deactivate(call: AccountCall, id: string, audit: AuditEvent): Promise<Authorization | null>;
  /** Notes that the challenge is being validated, if no other challenge was answered. */
  begin(
    call: AccountCall,
    id: string,
    type: ChallengeType,
    untilSeconds: number,
  ): Promise<Attempt | null>;
  /**
   * Records the outcome of an attempt, if the authorization is still pending and no later attempt has
   * begun. Returns the authorization as it is then.
   */
  finish(
    attempt: Pick<Authorization, 'id' | 'attempts'>,
    outcome: { readonly problem: ChallengeProblem | null; readonly proof: string | null },
    atSeconds: number,
    audit: AuditEvent,
  ): Promise<Authorization | null>;
}

/** What the job `finish-acme` takes over, with the authority of the directory. */
export interface UnfinishedStore {
  /** Claims validations whose request did not end in time. */
  takeValidations(
    nowSeconds: number,
    untilSeconds: number,
    limit: number,
  ): Promise<readonly { readonly authorization: Authorization; readonly lineageId: string }[]>;
  /** Claims orders whose request did not end in time. */
  takeOrders(
    nowSeconds: number,
    untilSeconds: number,
    limit: number,
  ): Promise<readonly { readonly state: OrderState; readonly lineageId: string }[]>;
}

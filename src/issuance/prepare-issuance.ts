import type { Authority } from '../authorities/authority.ts';
import { SignetError } from '../errors.ts';
import type { Bounds, OpenBounds } from '../policy/bounds.ts';
import { PolicyChanged } from '../policy/policy-changed.ts';
import { requireAccess } from './access-rule.ts';
import { approveBounded } from './approve-bounded.ts';
import type { IssuanceOrder } from './issuance-order.ts';
import { type ApprovedCertificate, openIssuer } from './last-gate.ts';
import { requireValidNow } from './require-issuer.ts';

export interface PreparationDependencies {
  /** Unix ms. */
  readonly clock: () => number;
  /**
   * The generation that signs now, of the authority that `id` is a generation of.
   * @throws SignetError authority-not-found, authority-unavailable, record-unavailable
   */
  openAuthority(id: string): Promise<Authority>;
  readonly openBounds: OpenBounds;
  /** Reads the authority again, because it is no longer as it was opened. */
  reopenAuthority(authority: Authority): Promise<Authority>;
}

/** A certificate that everything but the record has approved. */
export interface PreparedIssuance {
  /** With the policy that its caller has now. */
  readonly order: IssuanceOrder;
  readonly authority: Authority;
  readonly approved: ApprovedCertificate;
  /** The policies that it was judged by. */
  readonly bounds: Bounds;
  readonly nowMs: number;
}

/**
 * Prepares an issuance and finishes it. If the authority or a policy was changed meanwhile, does both once
 * more with the authority and the policies as they are now.
 */
export type FinishPrepared = <Result>(
  order: IssuanceOrder,
  finish: (prepared: PreparedIssuance) => Promise<Result>,
) => Promise<Result>;

/** What issuing and previewing have in common: opens the authority, checks, drafts, passes the last gate. */
export function createPreparation(dependencies: PreparationDependencies): FinishPrepared {
  const { clock, openBounds } = dependencies;

  /** Reads the policies again. Returns the order with the policy that its caller has now. */
  async function refreshBounds(
    { lineageId }: Authority,
    order: IssuanceOrder,
  ): Promise<IssuanceOrder> {
    const { principal } = order;
    const { callerPolicyId } = await openBounds.reopen(principal, lineageId);
    return { ...order, principal: { ...principal, policyId: callerPolicyId } };
  }

  async function prepare(authority: Authority, order: IssuanceOrder): Promise<PreparedIssuance> {
    const { principal, instance } = order;
    if (instance === null) requireAccess(authority.accountId, authority.lineageId, principal);
    const issuer = openIssuer(authority);
    const nowMs = clock();
    const nowSeconds = Math.floor(nowMs / 1000);
    // Before the request is looked at, which could not fit into a validity that is over.
    requireValidNow(issuer, nowSeconds);
    const draft = await order.draft(authority, nowSeconds);
    const request = { draft, issuer, instance, principal, nowSeconds };
    const { approved, bounds } = await approveBounded(openBounds, request);
    return { order, authority, approved, bounds, nowMs };
  }

  return async function finishPrepared(order, finish) {
    const held = await dependencies.openAuthority(order.authorityId);
    try {
      return await finish(await prepare(held, order));
    } catch (error) {
      if (error instanceof PolicyChanged) {
        return finish(await prepare(held, await refreshBounds(held, order)));
      }
      if (!(error instanceof SignetError) || error.code !== 'authority-unavailable') throw error;
      const current = await dependencies.reopenAuthority(held);
      if (isUnchanged(held, current)) throw error;
      return finish(await prepare(current, order));
    }
  };
}

function isUnchanged(held: Authority, current: Authority): boolean {
  return (
    held.chainSha256Hex === current.chainSha256Hex &&
    held.state === current.state &&
    describeRefusal(held) === describeRefusal(current)
  );
}

function describeRefusal({ signing }: Authority): string | null {
  return 'refusal' in signing ? signing.refusal.message : null;
}

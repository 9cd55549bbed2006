import type { Principal } from '../access/principal.ts';
import { createRecentCache } from '../access/recent-cache.ts';
import type { AccessKeySecrets } from '../access/secrets.ts';
import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';
import type { Policy } from './policy.ts';
import { openPolicy } from './sealed-policy.ts';
import type { BoundsStore } from './store.ts';

/** The policies that bound one certificate: all of them have to permit it. */
export interface Bounds {
  /** The authority that signs; null for a certificate that signs itself. */
  readonly lineageId: string | null;
  /** The policies of the caller, of its account and of the authority; null for none. */
  readonly callerPolicyId: string | null;
  readonly accountPolicyId: string | null;
  readonly authorityPolicyId: string | null;
  /** The same policies, each once. */
  readonly policies: readonly Policy[];
}

/** The authority that signs, with its policy as its record was read. */
export interface BoundIssuer {
  readonly lineageId: string | null;
  readonly policyId: string | null;
}

/**
 * All methods throw SignetError policy-violated if a policy does not exist, record-unavailable, and
 * sealing-unavailable if another program has changed one.
 */
export interface OpenBounds {
  /** From memory, if all is known. It may be outdated: only the commit of a certificate checks it. */
  open(principal: Principal, issuer: BoundIssuer): Promise<Bounds>;
  /**
   * The same for a certificate whose commit checks the bounds. If nothing is known, it assumes that the
   * account has no policy and that the authority has that of its record, which costs no round trip.
   */
  openForCommit(principal: Principal, issuer: BoundIssuer): Promise<Bounds>;
  /** Reads all from the database. */
  reopen(principal: Principal, lineageId: string | null): Promise<Bounds>;
}

export interface BoundsDependencies {
  readonly store: BoundsStore;
  readonly secrets: Pick<AccessKeySecrets, 'refresh'>;
  readonly sealer: Sealer;
}

const MAX_CACHED = 1000;

export function createOpenBounds({ store, secrets, sealer }: BoundsDependencies): OpenBounds {
  const policies = createRecentCache<Policy>(MAX_CACHED);
  /** The policies of accounts and authorities by their ids; null for none. */
  const ofAccounts = createRecentCache<string | null>(MAX_CACHED);
  const ofAuthorities = createRecentCache<string | null>(MAX_CACHED);

  /** @param assumed what to take for a policy that is not known; undefined to return null then */
  function findKnown(
    principal: Principal,
    lineageId: string | null,
    assumed: { readonly account?: null; readonly authority?: string | null },
  ): Bounds | null {
    const knownOfAccount = ofAccounts.get(principal.accountId);
    const knownOfAuthority = lineageId === null ? null : ofAuthorities.get(lineageId);
    const accountPolicyId = knownOfAccount === undefined ? assumed.account : knownOfAccount;
    const authorityPolicyId = knownOfAuthority === undefined ? assumed.authority : knownOfAuthority;
    if (accountPolicyId === undefined || authorityPolicyId === undefined) return null;
    const callerPolicyId = principal.policyId;
    const ids = listIds([callerPolicyId, accountPolicyId, authorityPolicyId]);
    const opened = ids.map((id) => policies.get(id)).filter((policy) => policy !== undefined);
    if (opened.length < ids.length) return null;
    return { lineageId, callerPolicyId, accountPolicyId, authorityPolicyId, policies: opened };
  }

  async function read(principal: Principal, lineageId: string | null): Promise<Bounds> {
    const { accountId, policyId: callerPolicyId } = principal;
    const found = await store.readBounds({ accountId, lineageId, callerPolicyId });
    const { accountPolicyId, authorityPolicyId } = found;
    ofAccounts.set(accountId, accountPolicyId);
    if (lineageId !== null) ofAuthorities.set(lineageId, authorityPolicyId);
    const opened = await Promise.all(found.policies.map((sealed) => openPolicy(sealer, sealed)));
    for (const policy of opened) policies.set(policy.id, policy);
    for (const id of listIds([callerPolicyId, accountPolicyId, authorityPolicyId])) {
      if (!opened.some((policy) => policy.id === id)) throw gone(id);
    }
    return { lineageId, callerPolicyId, accountPolicyId, authorityPolicyId, policies: opened };
  }

  return {
    open: async (principal, { lineageId }) =>
      findKnown(principal, lineageId, {}) ?? read(principal, lineageId),
    openForCommit: async (principal, { lineageId, policyId }) =>
      findKnown(principal, lineageId, { account: null, authority: policyId }) ??
      read(principal, lineageId),
    reopen: async (principal, lineageId) => read(await secrets.refresh(principal), lineageId),
  };
}

/** Of what Signet does for itself when there is no policy yet: the default authority. */
export const UNBOUNDED: OpenBounds = {
  open: async (_, { lineageId }) => noBounds(lineageId),
  openForCommit: async (_, { lineageId }) => noBounds(lineageId),
  reopen: async (_, lineageId) => noBounds(lineageId),
};

function noBounds(lineageId: string | null): Bounds {
  const none = { callerPolicyId: null, accountPolicyId: null, authorityPolicyId: null };
  return { lineageId, ...none, policies: [] };
}

/** Tells whether the same revisions of the same policies bound two certificates. */
export function isSameBounds(a: Bounds, b: Bounds): boolean {
  const describe = ({ policies, ...ids }: Bounds) =>
    JSON.stringify([ids, policies.map(({ id, revision }) => [id, revision]).toSorted()]);
  return describe(a) === describe(b);
}

function listIds(ids: readonly (string | null)[]): string[] {
  return [...new Set(ids)].filter((id) => id !== null);
}

function gone(id: string): SignetError {
  return new SignetError(
    'policy-violated',
    `The policy ${id} bounds this, but it does not exist any more. Have the reference to it changed.`,
  );
}

import type { Access } from '../access/principal.ts';
import type { PageRequest } from '../access/store.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { Policy } from './policy.ts';

/** A policy as it is stored: its rules are sealed, so no other program can change them. */
export interface SealedPolicy extends Omit<Policy, 'rules'> {
  /** JSON, sealed under `policyRecordId`. */
  readonly sealedRules: string;
}

/**
 * Returns the record id that rules are sealed under. `SEALED_POLICY_SQL` builds the same text. The
 * revision is part of it, so rules do not open as another revision.
 */
export function policyRecordId({
  id,
  accountId,
  revision,
}: Pick<Policy, 'id' | 'accountId' | 'revision'>): string {
  return `policy:${id}:${accountId}:${revision}`;
}

/** Follows the rules of `AccountStore`. Each change is 'caller-bounded' if the calling key has a policy. */
export interface PolicyStore {
  createPolicy(
    policy: SealedPolicy,
    access: Access,
    audit: AuditEvent,
  ): Promise<'created' | 'no-account' | 'caller-bounded'>;
  /** Returns a policy of the asking account or of the account `root`. */
  findPolicy(id: string, access: Access): Promise<SealedPolicy | null>;
  /** @param accountId null for every account whose policies the asking account may list */
  listPolicies(
    accountId: string | null,
    page: PageRequest,
    access: Access,
  ): Promise<readonly SealedPolicy[]>;
  /** Writes a policy whose revision was one lower. 'changed' if it is not any more. */
  updatePolicy(
    policy: SealedPolicy,
    access: Access,
    audit: AuditEvent,
  ): Promise<'updated' | 'changed' | 'not-found' | 'caller-bounded'>;
  /** 'in-use' if an access key, an account, an authority or an EAB key refers to it. */
  deletePolicy(
    id: string,
    access: Access,
    audit: AuditEvent,
  ): Promise<'deleted' | 'in-use' | 'not-found' | 'caller-bounded'>;
}

/** For issuing, before anything is written. */
export interface BoundsStore {
  /**
   * Reads the policies that an account and an authority refer to, and that of the caller, in one round
   * trip. A policy that does not exist is left out.
   * @throws SignetError record-unavailable
   */
  readBounds(of: {
    readonly accountId: string;
    readonly lineageId: string | null;
    readonly callerPolicyId: string | null;
  }): Promise<{
    readonly accountPolicyId: string | null;
    readonly authorityPolicyId: string | null;
    readonly policies: readonly SealedPolicy[];
  }>;
}

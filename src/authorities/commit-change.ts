import type { Caller } from '../access/caller.ts';
import { accessOf } from '../access/principal.ts';
import type { AuditAction, AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import { nameOfCa } from '../issuance/ca-name-rule.ts';
import { policyFull } from '../issuance/policy-rule.ts';
import { PolicyChanged } from '../policy/policy-changed.ts';
import type { Authority } from './authority.ts';
import type { ManagementDependencies } from './management.ts';
import type { AuthorityChange, ExpectedAuthority } from './management-store.ts';
import type { AuthorityRecord } from './store.ts';

export type AuthorityAction = Extract<AuditAction, `authority.${string}`>;

/** A change without its caller and time. */
export interface ChangePlan
  extends Pick<AuthorityChange, 'deed' | 'issuer' | 'newCa' | 'bounds' | 'issued'> {
  readonly action: AuthorityAction;
  /** The generation that changes. */
  readonly id: string;
  readonly lineageId: string;
  readonly detail: AuditEvent['detail'];
}

/**
 * Commits a change with its audit event and evicts all authorities from memory.
 * @throws SignetError in-use, key-compromised, import-conflict, invalid-subject, quota-exceeded
 */
export async function commitChange(
  {
    store,
    authorities,
    openBounds,
  }: Pick<ManagementDependencies, 'store' | 'authorities' | 'openBounds'>,
  caller: Caller,
  atMs: number,
  plan: ChangePlan,
): Promise<void> {
  const { deed, issuer, newCa, bounds, issued } = plan;
  const outcome = await store.commitChange({
    deed,
    issuer,
    newCa,
    bounds,
    issued,
    accountId: caller.principal.accountId,
    check: accessOf(caller.principal, atMs),
    audit: describeChange(caller, atMs, plan),
  });
  // It is on the chains of others, and if the commit failed, another stale one may be the reason.
  authorities.evict(null);
  if (outcome === 'committed') return;
  switch (outcome) {
    case 'key-blocked':
      throw new SignetError(
        'key-compromised',
        'This key was revoked for key compromise and is never certified again. Use a new key.',
        { field: 'key' },
      );
    case 'key-taken':
      throw new SignetError(
        'import-conflict',
        'Another authority here has this key already. Each authority needs its own key.',
        { field: 'key' },
      );
    case 'name-taken':
      if (plan.action !== 'authority.import') throw nameOfCa();
      throw new SignetError(
        'import-conflict',
        'Another CA that is recorded here has the name of this CA, but another key. Verifiers could take the CRLs of one for those of the other (RFC 5280 section 4.1.2.6).',
        { field: 'certificate' },
      );
    case 'quota-exceeded':
      throw new SignetError(
        'quota-exceeded',
        'The account owns as many authorities as it may. Have its authorityQuota raised.',
      );
    case 'policy-full':
      if (bounds !== null) throw policyFull(bounds);
      break;
    case 'policy-changed':
      await openBounds.reopen(caller.principal, bounds?.lineageId ?? null);
      throw new PolicyChanged();
    case 'changed':
      throw new SignetError(
        'in-use',
        'The authority or its issuer was changed in the meantime. Check it and try again.',
      );
  }
}

export function describeChange(
  { principal, request }: Caller,
  atMs: number,
  { action, id, detail }: Pick<ChangePlan, 'action' | 'id' | 'detail'>,
): AuditEvent {
  return {
    atMs,
    accountId: principal.accountId,
    actor: principal.actor,
    action,
    outcome: 'done',
    authorityId: id,
    target: id,
    detail,
    request,
  };
}

export function expectUnchanged({
  generationId,
  certificateSha256Hex,
  chainSha256Hex,
}: Authority): ExpectedAuthority {
  return { generationId, certificateSha256Hex, chainSha256Hex };
}

/** Purges the certificate of a generation, and the chains that it is on. */
export async function purgeCertificates(
  { store, edge }: Pick<ManagementDependencies, 'store' | 'edge'>,
  id: string,
  request: RequestContext,
): Promise<void> {
  await edge.purge({ certificatesOf: [id, ...(await store.listBelow(id))] }, request);
}

/** Reads the authority after a change. */
export async function findChanged(
  { store }: Pick<ManagementDependencies, 'store'>,
  id: string,
): Promise<AuthorityRecord> {
  const generations = await store.listGenerations(id, null);
  const changed = generations.find((generation) => generation.generationId === id);
  if (changed === undefined) throw new Error(`authority ${id} is gone`);
  return changed;
}

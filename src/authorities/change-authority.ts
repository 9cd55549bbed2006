import type { Caller } from '../access/caller.ts';
import { accessOf } from '../access/principal.ts';
import { callerBounded, requireUnbounded } from '../access/require-unbounded.ts';
import { SignetError } from '../errors.ts';
import { REVOCATION_REASONS, type RevocationReason } from '../revocation/reasons.ts';
import { formatAcmeSettings } from './acme-settings.ts';
import { authorityNotFound } from './authority-not-found.ts';
import { describeChange } from './commit-change.ts';
import { formatProfiles } from './format-profiles.ts';
import type { AuthorityChanges, ManagementDependencies } from './management.ts';
import { requireGenerations } from './read-authorities.ts';

type Dependencies = Pick<ManagementDependencies, 'store' | 'edge' | 'authorities' | 'clock'>;
type UpdateDependencies = Dependencies & Pick<ManagementDependencies, 'secrets' | 'sealer'>;

/**
 * Enables or disables an authority. It publishes its CRLs either way.
 * @throws SignetError authority-not-found; in-use if its state does not allow the change
 */
export async function changeAuthorityState(
  dependencies: Dependencies,
  caller: Caller,
  id: string,
  to: 'active' | 'disabled',
): Promise<void> {
  const { store, authorities, clock } = dependencies;
  const atMs = clock();
  const lineageId = await findLineage(dependencies, id);
  const from = to === 'active' ? 'disabled' : 'active';
  const action = to === 'active' ? 'authority.enable' : 'authority.disable';
  const audit = describeChange(caller, atMs, { action, id: lineageId, detail: {} });
  const changed = await store.changeState(
    lineageId,
    from,
    to,
    accessOf(caller.principal, atMs),
    audit,
  );
  authorities.evict(lineageId);
  if (changed) return;
  throw new SignetError(
    'in-use',
    to === 'active'
      ? 'Only a disabled authority can be enabled, and only if no certificate on its chain is revoked or on hold.'
      : 'Only an active authority can be disabled.',
  );
}

/**
 * Changes what an authority issues. Other isolates may use the old profiles and settings for a minute, but
 * not the old policy: the commit of a certificate checks it.
 * @throws SignetError authority-not-found, policy-not-found, forbidden, sealing-unavailable
 */
export async function updateAuthority(
  dependencies: UpdateDependencies,
  caller: Caller,
  id: string,
  { profiles, policyId, acme }: AuthorityChanges,
): Promise<void> {
  const { store, secrets, authorities, sealer, clock } = dependencies;
  const atMs = clock();
  // Profiles too: a policy names profiles, so another profile of the same name would widen it.
  await requireUnbounded(secrets, caller.principal);
  const lineageId = await findLineage(dependencies, id);
  const audit = describeChange(caller, atMs, {
    action: 'authority.update',
    id: lineageId,
    detail: {
      ...(profiles === undefined ? {} : { profiles: [...(profiles?.keys() ?? [])].join(' ') }),
      ...(policyId === undefined ? {} : { policy: policyId ?? 'none' }),
      ...(acme === undefined ? {} : { acme: JSON.stringify(acme) }),
    },
  });
  const outcome = await store.updateAuthority(
    lineageId,
    {
      profiles: profiles === undefined ? null : await formatProfiles(sealer, lineageId, profiles),
      policyId,
      acme: acme === undefined ? null : await formatAcmeSettings(sealer, lineageId, acme),
    },
    accessOf(caller.principal, atMs),
    audit,
  );
  authorities.evict(lineageId);
  if (outcome === 'caller-bounded') throw callerBounded();
  if (outcome === 'no-policy') {
    throw new SignetError(
      'policy-not-found',
      'Neither the account of the authority nor the account root has a policy with this id.',
      { field: 'policyId' },
    );
  }
}

/**
 * Revokes an authority with all its generations: its certificates enter the CRLs of their issuers, the
 * authorities below are disabled, and its keys sign only its own CRLs from then on.
 * @throws SignetError authority-not-found, already-revoked
 */
export async function revokeAuthority(
  dependencies: Dependencies,
  caller: Caller,
  id: string,
  reason: RevocationReason,
): Promise<void> {
  const { store, edge, authorities, clock } = dependencies;
  const atMs = clock();
  const lineageId = await findLineage(dependencies, id);
  const audit = describeChange(caller, atMs, {
    action: 'authority.revoke',
    id: lineageId,
    detail: { reason },
  });
  const revoked = await store.revoke(
    lineageId,
    REVOCATION_REASONS[reason],
    accessOf(caller.principal, atMs),
    audit,
  );
  authorities.evict(null);
  if (revoked === null) {
    throw new SignetError('already-revoked', 'The authority is already revoked.');
  }
  await edge.purge({ revocations: revoked }, caller.request);
}

async function findLineage(
  dependencies: Pick<Dependencies, 'store' | 'authorities'>,
  id: string,
): Promise<string> {
  const [first] = await requireGenerations(dependencies, id, null);
  if (first === undefined) throw authorityNotFound(id);
  return first.lineageId;
}

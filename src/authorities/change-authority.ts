import type { Caller } from '../access/caller.ts';
import { accessOf } from '../access/principal.ts';
import { SignetError } from '../errors.ts';
import type { Profile } from '../issuance/profiles.ts';
import { REVOCATION_REASONS, type RevocationReason } from '../revocation/reasons.ts';
import { authorityNotFound } from './authority-not-found.ts';
import { describeChange } from './commit-change.ts';
import { formatProfiles } from './format-profiles.ts';
import type { ManagementDependencies } from './management.ts';

type Dependencies = Pick<ManagementDependencies, 'store' | 'edge' | 'authorities' | 'clock'>;

/**
 * Enables or disables an authority. It publishes its CRLs either way.
 * @throws SignetError authority-not-found; in-use if its state does not allow the change
 */
export async function changeAuthorityState(
  { store, authorities, clock }: Dependencies,
  caller: Caller,
  id: string,
  to: 'active' | 'disabled',
): Promise<void> {
  const atMs = clock();
  const lineageId = await findLineage(store, id);
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
 * Gives an authority its own profiles, or with null those of the configuration. Other isolates may use
 * the old ones for a minute.
 * @throws SignetError authority-not-found
 */
export async function setProfiles(
  { store, authorities, sealer, clock }: Dependencies & Pick<ManagementDependencies, 'sealer'>,
  caller: Caller,
  id: string,
  profiles: ReadonlyMap<string, Profile> | null,
): Promise<void> {
  const atMs = clock();
  const lineageId = await findLineage(store, id);
  const audit = describeChange(caller, atMs, {
    action: 'authority.update',
    id: lineageId,
    detail: { profiles: profiles === null ? '' : [...profiles.keys()].join(' ') },
  });
  const check = accessOf(caller.principal, atMs);
  const formatted = await formatProfiles(sealer, lineageId, profiles);
  await store.setProfiles(lineageId, formatted, check, audit);
  authorities.evict(lineageId);
}

/**
 * Revokes an authority with all its generations: its certificates enter the CRLs of their issuers, the
 * authorities below are disabled, and its keys sign only its own CRLs from then on.
 * @throws SignetError authority-not-found, already-revoked
 */
export async function revokeAuthority(
  { store, edge, authorities, clock }: Dependencies,
  caller: Caller,
  id: string,
  reason: RevocationReason,
): Promise<void> {
  const atMs = clock();
  const lineageId = await findLineage(store, id);
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

async function findLineage(store: Dependencies['store'], id: string): Promise<string> {
  const [first] = await store.listGenerations(id, null);
  if (first === undefined) throw authorityNotFound(id);
  return first.lineageId;
}

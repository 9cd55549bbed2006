import type { Caller } from '../access/caller.ts';
import { accessOf } from '../access/principal.ts';
import { SignetError } from '../errors.ts';
import type { Profile } from '../issuance/profiles.ts';
import { REVOCATION_REASONS, type RevocationReason } from '../revocation/reasons.ts';
import { describeChange } from './commit-change.ts';
import { formatProfiles } from './format-profiles.ts';
import type { ManagementDependencies } from './management.ts';
import { authorityNotFound } from './read-authorities.ts';

type Dependencies = Pick<ManagementDependencies, 'store' | 'edge' | 'authorities' | 'clock'>;

/**
 * Lets an authority sign again, or no longer; its lists go on either way.
 * @throws SignetError authority-not-found; in-use where it is in no state for it
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
      ? 'Only a disabled authority can be enabled, and only where its parent is not revoked.'
      : 'Only an active authority can be disabled.',
  );
}

/**
 * Gives an authority, with every generation of it, profiles of its own, or with null those of the
 * configuration. Other isolates go by the former ones for a minute at most.
 * @throws SignetError authority-not-found
 */
export async function setProfiles(
  { store, authorities, clock }: Dependencies,
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
  await store.setProfiles(lineageId, formatProfiles(profiles), check, audit);
  authorities.evict(lineageId);
}

/**
 * Revokes an authority for ever, with every generation of it: its certificates enter the lists of
 * the authorities that issued them, authorities below it are disabled, and of its keys nothing is
 * signed any more but its own lists.
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
    throw new SignetError('already-revoked', 'The authority is revoked already.');
  }
  const revocations = revoked.certificates.map(({ issuerId, ...certificate }) => ({
    authorityId: issuerId,
    ...certificate,
  }));
  await edge.purge({ revocations }, caller.request);
}

async function findLineage(store: Dependencies['store'], id: string): Promise<string> {
  const [first] = await store.listGenerations(id, null);
  if (first === undefined) throw authorityNotFound(id);
  return first.lineageId;
}

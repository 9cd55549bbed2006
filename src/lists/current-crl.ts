import { SignetError } from '../errors.ts';
import type { BuildGate } from './build-gate.ts';
import { buildList, type CrlDependencies } from './build-list.ts';
import { COMPLETE, type ListScope, type ListSnapshot, type ScopeState } from './list-store.ts';
import { PARTITION_SLOTS } from './partitions.ts';
import { type CrlAuthority, isDue, type RevocationList } from './revocation-list.ts';
import { openStoredList } from './stored-list.ts';

export const DEFAULT_CRL_LIFETIME_SECONDS = 7 * 86400;
export const DEFAULT_RENEW_BEFORE_SECONDS = 86400;

export interface CurrentListDependencies extends CrlDependencies {
  readonly gate: BuildGate;
}

/**
 * How often a request builds a list before it gives up. A request that loses a race can lose a second
 * one. The winner of the second began after this request, so its list is new enough. Only a raised
 * number or a removal in between costs further builds.
 */
export const MAX_BUILDS = 8;
/** The second build that a request waits for began after the request, so its list is new enough. */
export const MAX_WAITS = 3;
/** After that, the request builds the list itself. */
export const WAIT_MS = 15_000;
/** A longer build ends with an error. The next one continues where it stopped. */
export const MAX_BUILD_MS = 20_000;

/**
 * Returns a full list, complete or of one partition, that holds every revocation answered before this
 * call: the stored one if it does and is not due for renewal, else a new one with the next number.
 * @param crlPartition COMPLETE for the complete list
 * @throws SignetError authority-not-found; not-found for a partition without certificates;
 *   authority-unavailable if a new list is needed and cannot be signed; record-unavailable
 */
export async function currentCrl(
  dependencies: CurrentListDependencies,
  authority: CrlAuthority,
  crlPartition: number = COMPLETE,
  needsNewBase: (snapshot: ListSnapshot) => boolean = () => false,
): Promise<RevocationList> {
  const { store, clock, gate } = dependencies;
  const scope = { authorityId: authority.generationId, crlPartition };
  const key = `${authority.generationId} ${crlPartition}`;
  let snapshot = await findSnapshot(dependencies, scope);
  checkPartition(scope, snapshot);
  const wanted = snapshot.scopeRevision;
  for (let builds = 0, waits = 0; ; ) {
    const nowSeconds = Math.floor(clock() / 1000);
    const { list, chunks } = snapshot;
    const found = list !== null && list.revision >= wanted ? list : null;
    const asBase = needsNewBase(snapshot);
    const { renewBeforeSeconds } = dependencies;
    if (
      found !== null &&
      !asBase &&
      !isDue(found, renewBeforeSeconds, authority.notAfterSeconds, nowSeconds)
    ) {
      return openStoredList(store, found, chunks);
    }
    const { signer } = authority;
    if (signer === null || nowSeconds >= authority.notAfterSeconds) {
      if (found !== null && nowSeconds < found.nextUpdateSeconds) {
        return openStoredList(store, found, chunks);
      }
      throw cannotSign();
    }
    const other = waits < MAX_WAITS ? gate.wait(key, WAIT_MS) : null;
    if (other !== null) {
      waits++;
      await other;
      snapshot = await findSnapshot(dependencies, scope);
      continue;
    }
    if (builds++ === MAX_BUILDS) throw isBeingRebuilt();
    const deadlineMs = clock() + MAX_BUILD_MS;
    const leave = gate.enter(key);
    try {
      const order = { authority, signer, scope, snapshot, asBase, nowSeconds, deadlineMs };
      const built = await buildList(dependencies, order);
      if (built !== null) return built;
    } finally {
      leave();
    }
    snapshot = await findSnapshot(dependencies, scope);
  }
}

/** Reads the newest list of the scope. Later calls read only those of its chunks that are new then. */
async function findSnapshot(
  { store, memory }: Pick<CrlDependencies, 'store' | 'memory'>,
  scope: ListScope,
): Promise<ListSnapshot> {
  const snapshot = await store.findList(scope, memory.find(scope));
  memory.keep(scope, snapshot.chunks);
  return snapshot;
}

/** @throws SignetError not-found for a partition that no certificate can be in */
export function checkPartition({ crlPartition }: ListScope, { reservedSlots }: ScopeState): void {
  if (crlPartition === COMPLETE || crlPartition < Math.ceil(reservedSlots / PARTITION_SLOTS))
    return;
  throw new SignetError('not-found', 'The authority has no such partition.');
}

export function cannotSign(): SignetError {
  return new SignetError(
    'authority-unavailable',
    'The revocation list must be renewed, and the authority cannot sign at present.',
  );
}

export function isBeingRebuilt(): SignetError {
  return new SignetError(
    'record-unavailable',
    'Other requests are rebuilding the revocation list. Try again.',
  );
}

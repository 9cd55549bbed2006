import { encodeSigned } from '../x509/certificate/signed.ts';
import { buildTbsCertList } from '../x509/status/encode-crl.ts';
import { limitChanges, listFields } from './build-list.ts';
import {
  type CurrentListDependencies,
  cannotSign,
  checkPartition,
  currentCrl,
  isBeingRebuilt,
  MAX_WAITS,
  WAIT_MS,
} from './current-crl.ts';
import {
  type Changes,
  COMPLETE,
  type DeltaSnapshot,
  type ListBase,
  type ScopeState,
  type StoredDelta,
} from './list-store.ts';
import { type CrlAuthority, isDue, type RevocationList } from './revocation-list.ts';
import { openStoredDelta } from './stored-list.ts';

/**
 * A build that loses its number to another delta finds that one new enough, but one that loses it to a
 * full list has to begin again. Where several processes answer, that happens often.
 */
export const MAX_DELTA_BUILDS = 32;
/** From thisUpdate to nextUpdate. */
const DELTA_LIFETIME_SECONDS = 86400;
/** CRLReason, RFC 5280 section 5.3.1. */
const REMOVE_FROM_CRL = 8;

/**
 * Returns the delta list (RFC 5280 section 5.2.4) of a scope. Together with its base, or any newer full
 * list, it holds every revocation answered before this call. If there is no base, or too much has
 * changed since, a full list is built first. Throws as `currentCrl`.
 */
export async function currentDelta(
  dependencies: CurrentListDependencies,
  authority: CrlAuthority,
  crlPartition: number = COMPLETE,
): Promise<RevocationList> {
  const { store, clock, gate, renewBeforeSeconds } = dependencies;
  const scope = { authorityId: authority.generationId, crlPartition };
  const key = `${authority.generationId} ${crlPartition} delta`;
  let snapshot = await store.findDelta(scope);
  checkPartition(scope, snapshot);
  const wanted = snapshot.scopeRevision;
  for (let builds = 0, waits = 0; ; ) {
    const nowSeconds = Math.floor(clock() / 1000);
    const found = findCurrent(snapshot, wanted);
    const end = authority.notAfterSeconds;
    if (found !== null && !isDue(found, renewBeforeSeconds, end, nowSeconds)) {
      return openStoredDelta(found);
    }
    if (authority.signer === null || nowSeconds >= end) {
      if (found !== null && nowSeconds < found.nextUpdateSeconds) return openStoredDelta(found);
      throw cannotSign();
    }
    const other = waits < MAX_WAITS ? gate.wait(key, WAIT_MS) : null;
    if (other !== null) {
      waits++;
      await other;
      snapshot = await store.findDelta(scope);
      continue;
    }
    if (builds++ === MAX_DELTA_BUILDS) throw isBeingRebuilt();
    const leave = gate.enter(key);
    try {
      const base = usableBase(snapshot, nowSeconds);
      const limit = limitChanges(snapshot);
      const changes =
        base === null ? null : await store.readChanges(scope, base.revision, limit + 1);
      if (base === null || changes === null || countChanges(changes) > limit) {
        const { number = 0 } = snapshot.base ?? {};
        await currentCrl(dependencies, authority, crlPartition, (now) =>
          needsNewBase(now, number, Math.floor(clock() / 1000)),
        );
      } else {
        const delta = await signDelta(dependencies, authority, {
          crlPartition,
          base,
          changes,
          number: snapshot.lastNumber + 1,
          nowSeconds,
        });
        if (delta !== null && (await store.commitDelta(scope, delta))) {
          return await openStoredDelta(delta);
        }
      }
    } finally {
      leave();
    }
    snapshot = await store.findDelta(scope);
  }
}

/** Returns the stored delta if it holds everything that it must. */
function findCurrent({ delta }: DeltaSnapshot, wanted: number): StoredDelta | null {
  return delta !== null && delta.revision >= wanted ? delta : null;
}

function usableBase({ base, hasList }: DeltaSnapshot, nowSeconds: number): ListBase | null {
  return hasList && base !== null && nowSeconds < base.nextUpdateSeconds ? base : null;
}

/** Whether deltas still refer to a base that cannot be used any more. */
function needsNewBase({ base }: ScopeState, uselessNumber: number, nowSeconds: number): boolean {
  return base === null || base.number <= uselessNumber || nowSeconds >= base.nextUpdateSeconds;
}

function countChanges({ revoked, released }: Changes): number {
  return revoked.length + released.length;
}

interface DeltaOrder {
  readonly crlPartition: number;
  readonly base: ListBase;
  readonly changes: Changes;
  readonly number: number;
  readonly nowSeconds: number;
}

async function signDelta(
  dependencies: CurrentListDependencies,
  authority: CrlAuthority,
  { crlPartition, base, changes, number, nowSeconds }: DeltaOrder,
): Promise<StoredDelta | null> {
  const { signer } = authority;
  if (signer === null) return null;
  const nextUpdateSeconds = Math.min(
    nowSeconds + DELTA_LIFETIME_SECONDS,
    authority.notAfterSeconds,
  );
  const scope = { authorityId: authority.generationId, crlPartition };
  const tbsDer = buildTbsCertList({
    ...listFields(dependencies, authority, signer, scope),
    thisUpdateSeconds: nowSeconds,
    nextUpdateSeconds,
    crlNumber: number,
    baseCrlNumber: base.number,
    entries: [
      ...changes.revoked,
      ...changes.released.map(({ serialHex, releasedAtSeconds }) => ({
        serialHex,
        revokedAtSeconds: releasedAtSeconds,
        reason: REMOVE_FROM_CRL,
        invalidityDateSeconds: null,
      })),
    ],
  });
  return {
    number,
    revision: changes.revision,
    thisUpdateSeconds: nowSeconds,
    nextUpdateSeconds,
    crlDer: encodeSigned(tbsDer, signer.signatureAlgorithmDer, await signer.sign(tbsDer)),
  };
}

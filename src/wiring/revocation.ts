import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { Authority } from '../authorities/authority.ts';
import { DEFAULT_AUTHORITY_ID } from '../authorities/default-authority.ts';
import { SignetError } from '../errors.ts';
import { shuffle } from '../jobs/shuffle.ts';
import { createBuildGate } from '../lists/build-gate.ts';
import { createChunkMemory } from '../lists/chunk-memory.ts';
import { type CurrentListDependencies, currentCrl } from '../lists/current-crl.ts';
import { currentDelta } from '../lists/current-delta.ts';
import { COMPLETE } from '../lists/list-store.ts';
import { LIST_LIMITS } from '../lists/prepare-chunks.ts';
import type { CrlAuthority } from '../lists/revocation-list.ts';
import { type ReleaseRequest, releaseCertificate } from '../revocation/release.ts';
import { type RevocationRequest, revokeCertificate } from '../revocation/revoke.ts';
import { type KeyProof, revokeByKey } from '../revocation/revoke-by-key.ts';
import { type ManyRequest, revokeMany } from '../revocation/revoke-many.ts';
import { createCertificateStore } from '../store/certificate.ts';
import { createCrlStore } from '../store/crl.ts';
import { createManyRevocationStore } from '../store/many-revocations.ts';
import { createReleaseStore } from '../store/release.ts';
import { createRetirementStore } from '../store/retirement.ts';
import { createRevocationStore } from '../store/revocation.ts';
import type { Foundation } from './foundation.ts';

/** The most authorities that one run of a job handles. */
const MAX_AUTHORITIES = 10;

/** Joins revocation and CRLs. */
export function wireRevocation(
  { db, config, authorities, edge, clock, randomBytes, keepAlive }: Foundation,
  listIds: () => Promise<readonly string[]>,
) {
  const revocation = { store: createRevocationStore(db), edge, clock };
  const release = { store: createReleaseStore(db), edge, clock };
  const many = { store: createManyRevocationStore(db), edge, clock };
  const keyProof = {
    ...revocation,
    findCertificates: (serialHex: string) =>
      createCertificateStore(db).findCertificates(serialHex, null, {
        accountId: ROOT_ACCOUNT_ID,
        grant: null,
        nowSeconds: 0,
      }),
  };
  const crl: CurrentListDependencies = {
    store: createCrlStore(db),
    clock,
    randomId: () => randomBytes(16).toHex(),
    limits: LIST_LIMITS,
    memory: createChunkMemory(),
    gate: createBuildGate(),
    publicationUrl: config.publicationUrl,
    crlLifetimeSeconds: config.crlLifetimeSeconds,
    renewBeforeSeconds: config.crlRenewBeforeSeconds,
  };

  /**
   * Lists authorities that need CRLs: generations whose certificate has not expired. Each of them costs
   * the jobs some queries, so a run handles only a few, others each time.
   */
  async function listAuthorities(): Promise<readonly CrlAuthority[]> {
    // On first start, this makes the default authority.
    await authorities.openCurrent(DEFAULT_AUTHORITY_ID).catch(() => null);
    const opened: Authority[] = [];
    for (const id of shuffle(await listIds(), Math.random).slice(0, MAX_AUTHORITIES)) {
      try {
        opened.push(await authorities.open(id));
      } catch (error) {
        // One broken authority must not keep the lists of the others from being renewed.
        const isBroken = error instanceof SignetError && error.code === 'authority-unavailable';
        if (!isBroken) throw error;
      }
    }
    return opened
      .filter(({ notAfterSeconds }) => notAfterSeconds * 1000 > clock())
      .map(crlAuthority);
  }

  /** Keeps a build running after its request has ended: other requests may wait for it. */
  function finish<T>(built: Promise<T>): Promise<T> {
    keepAlive(built.catch(() => {}));
    return built;
  }

  return {
    crl,
    retirement: { store: createRetirementStore(db), clock },
    listAuthorities,
    services: {
      revokeCertificate: (request: RevocationRequest) => revokeCertificate(revocation, request),
      releaseCertificate: (request: ReleaseRequest) => releaseCertificate(release, request),
      revokeByKey: (proof: KeyProof) => revokeByKey(keyProof, proof),
      revokeMany: (request: ManyRequest) => revokeMany(many, request),
      currentCrl: async (authorityId: string, crlPartition: number = COMPLETE) =>
        finish(currentCrl(crl, crlAuthority(await authorities.open(authorityId)), crlPartition)),
      currentDelta: async (authorityId: string, crlPartition: number) =>
        finish(currentDelta(crl, crlAuthority(await authorities.open(authorityId)), crlPartition)),
      findScopeRevision: (authorityId: string, crlPartition: number = COMPLETE) =>
        crl.store.findScopeRevision({ authorityId, crlPartition }),
    },
  };
}

function crlAuthority(authority: Authority): CrlAuthority {
  const { generationId, subjectDer, subjectKeyIdentifier, notAfterSeconds, crlSigner } = authority;
  return { generationId, subjectDer, subjectKeyIdentifier, notAfterSeconds, signer: crlSigner };
}

import { waitUntil } from 'cloudflare:workers';
import type { Authority } from '../authorities/authority.ts';
import { type Authorities, createAuthorities } from '../authorities/open-authority.ts';
import { type Config, type Env, readConfig } from '../config.ts';
import { createEdge, type Edge } from '../http/edge/edge.ts';
import { createSealer, type Sealer } from '../keys/sealing.ts';
import { createPartitions, type TakePartition } from '../lists/partitions.ts';
import { createPlatform, type Platform as OutboundPlatform } from '../net/platform.ts';
import { listRevisions } from '../revocation/retry-purges.ts';
import { createAuthorityStore } from '../store/authority.ts';
import type { Database } from '../store/database.ts';
import { createPartitionStore } from '../store/partition.ts';
import { createPurgeStore } from '../store/purge.ts';
import type { Platform } from './platform.ts';

/** The objects that all parts share, one of each per isolate. */
export interface Foundation {
  readonly env: Env;
  readonly db: Database;
  readonly config: Config;
  readonly sealer: Sealer;
  readonly authorities: Authorities;
  readonly edge: Edge;
  /** The ways to other hosts. */
  readonly outbound: OutboundPlatform;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: (length: number) => Uint8Array<ArrayBuffer>;
  /** Keeps a promise running after the request that started it has ended. */
  readonly keepAlive: (promise: Promise<unknown>) => void;
  readonly takePartition: TakePartition;
  /** Reads an authority from the database again, because the cached one is outdated. */
  reopenAuthority(authority: Authority): Promise<Authority>;
}

export function createFoundation(
  env: Env,
  { openWorkersCache, writeLog, resolver }: Platform,
): Foundation {
  const clock = () => Date.now();
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const config = readConfig(env);
  const sealer = createSealer(config.sealingKeys);
  const store = createAuthorityStore(env.DB);
  const purges = createPurgeStore(env.DB);
  const authorities = createAuthorities({ config, sealer, clock, randomBytes, store });
  return {
    env,
    db: env.DB,
    config,
    sealer,
    authorities,
    edge: createEdge({
      publicationUrl: config.publicationUrl,
      openWorkersCache,
      openAuthority: authorities.open,
      notePurged(changed) {
        // If the note is lost, the job purge-edge repeats the purge.
        waitUntil(purges.markPurged(listRevisions(changed)).catch(() => {}));
      },
      clock,
      writeLog,
    }),
    outbound: createPlatform(resolver),
    clock,
    randomBytes,
    keepAlive: waitUntil,
    takePartition: createPartitions({
      store: createPartitionStore(env.DB),
      keepAlive: waitUntil,
    }),
    reopenAuthority({ generationId, lineageId }) {
      authorities.evict(lineageId);
      return authorities.openCurrent(generationId);
    },
  };
}

import { cache } from 'cloudflare:workers';
import type { WorkersCache } from '../http/edge/purge.ts';
import { type ReadClient, readCloudflareClient } from '../http/middleware/request-context.ts';

/** What the platform that runs the Worker does in its own way, apart from the bindings in `Env`. */
export interface Platform {
  /** The cache in front of the Worker, or null for the Cache API. */
  readonly openWorkersCache: () => WorkersCache | null;
  readonly readClient: ReadClient;
  /** Reaches the resolver of DOH_URL; null if it is reached like other hosts. */
  readonly resolver: Fetcher | null;
  /** Writes a line of the log. */
  readonly writeLog: (line: string) => void;
}

export const CLOUDFLARE: Platform = {
  // The platform gives `cache` no functions if Workers Cache is off.
  openWorkersCache: () => (typeof cache.purge === 'function' ? cache : null),
  readClient: readCloudflareClient,
  resolver: null,
  writeLog: (line) => console.log(line),
};

import { cache } from 'cloudflare:workers';
import type { WorkersCache } from '../http/edge/purge.ts';
import type { TaggedMemory } from '../http/edge/tagged-memory.ts';
import { type ReadClient, readCloudflareClient } from '../http/middleware/request-context.ts';
import type { CertStatus } from '../x509/status/ocsp-response.ts';

/** What the platform that runs the Worker does in its own way, apart from the bindings in `Env`. */
export interface Platform {
  /** The cache in front of the Worker, or null for the Cache API. */
  readonly openWorkersCache: () => WorkersCache | null;
  /** Statuses for OCSP that every purge of that cache reaches; null if purges do not reach isolates. */
  readonly statuses: TaggedMemory<CertStatus> | null;
  readonly readClient: ReadClient;
  /** Reaches the resolver of DOH_URL; null if it is reached like other hosts. */
  readonly resolver: Fetcher | null;
  /**
   * Whether the address of a request shows the port of this server, as with `wrangler dev`. The launcher of
   * `signet serve` asks by a socket without a port, and `signet doctor` checks the addresses.
   */
  readonly showsPort: boolean;
  /** Writes a line of the log. */
  readonly writeLog: (line: string) => void;
}

export const CLOUDFLARE: Platform = {
  // The platform gives `cache` no functions if Workers Cache is off.
  openWorkersCache: () => (typeof cache.purge === 'function' ? cache : null),
  statuses: null,
  readClient: readCloudflareClient,
  resolver: null,
  showsPort: true,
  writeLog: (line) => console.log(line),
};

import type { Answer } from '../bench/http-answer.ts';
import type { RequestParts } from '../bench/http-client.ts';
import type { Findings } from './findings.ts';
import type { Ledger } from './ledger.ts';
import type { ListWatch } from './list-watch.ts';
import type { Random } from './random.ts';

/** Shared by all operations of a run. */
export interface World {
  readonly random: Random;
  readonly ledger: Ledger;
  readonly lists: ListWatch;
  readonly findings: Findings;
  readonly secrets: Readonly<Record<string, string>>;
  /** The certificate of the authority `default` in PEM. */
  readonly caCertificate: string;
  /** The path of a file with that certificate. */
  readonly caFile: string;
  /** The lifetime of cache entries at the edge. */
  readonly edgeTtlSeconds: number;
}

/**
 * Sends a request with the root access key. Rejects if there is no response, or if its status is not
 * the expected one, which is then recorded as a fault.
 */
export type Ask = (
  request: RequestParts,
  ...expectedStatuses: readonly number[]
) => Promise<Answer>;

/** Tools for a check after a restart, while no other client uses the server. */
export interface Inspection {
  readonly world: World;
  readonly ask: Ask;
  /** Whether all cache entries from before the crash have expired. */
  readonly isEdgeFresh: boolean;
  /** Returns all rows of a query on the server's database. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Calls `look` for each, several at a time. */
  each<T>(items: Iterable<T>, look: (item: T) => Promise<void>): Promise<void>;
}

/** One kind of request in the mix, with its check after a crash. */
export interface Operation {
  readonly name: string;
  /** Its shares of the two mixes: mostly writes if the server is killed, mostly reads under long load. */
  readonly weight: { readonly faults: number; readonly load: number };
  /** Sends its request and records the response. Returns false if there is nothing to request now. */
  run(ask: Ask): Promise<boolean>;
  /** Records faults after a restart, and the outcome of requests without a response. */
  check?(inspection: Inspection): Promise<void>;
}

export type CreateOperation = (world: World) => Operation;

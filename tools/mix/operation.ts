import type { Answer } from '../bench/http-answer.ts';
import type { RequestParts } from '../bench/http-client.ts';
import type { Findings } from './findings.ts';
import type { Ledger } from './ledger.ts';
import type { ListWatch } from './list-watch.ts';
import type { Random } from './random.ts';

/** What all operations of a run share. */
export interface World {
  readonly random: Random;
  readonly ledger: Ledger;
  readonly lists: ListWatch;
  readonly findings: Findings;
  readonly secrets: Readonly<Record<string, string>>;
  /** Of the authority `default`, PEM. */
  readonly caCertificate: string;
  /** The path of a file with it. */
  readonly caFile: string;
  /** How long the edge may keep what it has. */
  readonly edgeTtlSeconds: number;
}

/**
 * Sends a request of the administrator's. Rejects where no answer comes, or one with a status other
 * than expected, which has been noted as a fault by then.
 */
export type Ask = (
  request: RequestParts,
  ...expectedStatuses: readonly number[]
) => Promise<Answer>;

/** What a check can do after a restart, while nothing else asks the server. */
export interface Inspection {
  readonly world: World;
  readonly ask: Ask;
  /** Whether the edge has had the time to forget what it had before the crash. */
  readonly isEdgeFresh: boolean;
  /** All rows of a query on the server's database. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Calls `look` for each, several at a time. */
  each<T>(items: Iterable<T>, look: (item: T) => Promise<void>): Promise<void>;
}

/** One kind of request in the mix, with what must hold for it after a crash. */
export interface Operation {
  readonly name: string;
  /** Its shares of the two mixes: mostly changes while the server is killed, mostly reads under long load. */
  readonly weight: { readonly faults: number; readonly load: number };
  /** Sends its request and notes what was answered. False where there is nothing to ask at present. */
  run(ask: Ask): Promise<boolean>;
  /** Notes what is wrong after a restart, and what became of requests that were not answered. */
  check?(inspection: Inspection): Promise<void>;
}

export type CreateOperation = (world: World) => Operation;

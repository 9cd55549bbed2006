import type { WorkerBundle } from '../worker/build-worker.ts';

/** A message to the server process. */
export type ServerRequest =
  | {
      readonly kind: 'start';
      readonly bundle: WorkerBundle;
      readonly vars: Readonly<Record<string, string>>;
      readonly secrets: Readonly<Record<string, string>>;
      readonly stateDirectory: string;
      /** Processes of `signet serve`; null for Miniflare. */
      readonly processes: number | null;
    }
  | {
      readonly kind: 'query';
      readonly id: number;
      readonly sql: string;
      readonly parameters: readonly unknown[];
    };

/** A message from the server process. */
export type ServerReport =
  | { readonly kind: 'started'; readonly url: string }
  | { readonly kind: 'rows'; readonly id: number; readonly rows: Record<string, unknown>[] }
  | { readonly kind: 'failed'; readonly id: number | null; readonly reason: string }
  /** The log line of a request that ended with an internal error. */
  | { readonly kind: 'trouble'; readonly line: string };

import type { WorkerBundle } from '../worker/build-worker.ts';

/** What the process with the server is asked. */
export type ServerRequest =
  | {
      readonly kind: 'start';
      readonly bundle: WorkerBundle;
      readonly vars: Readonly<Record<string, string>>;
      readonly secrets: Readonly<Record<string, string>>;
      readonly stateDirectory: string;
    }
  | {
      readonly kind: 'query';
      readonly id: number;
      readonly sql: string;
      readonly parameters: readonly unknown[];
    };

/** What it says. */
export type ServerReport =
  | { readonly kind: 'started'; readonly url: string }
  | { readonly kind: 'rows'; readonly id: number; readonly rows: Record<string, unknown>[] }
  | { readonly kind: 'failed'; readonly id: number | null; readonly reason: string }
  /** A log line of a request that ended as a defect or a trouble would. */
  | { readonly kind: 'trouble'; readonly line: string };

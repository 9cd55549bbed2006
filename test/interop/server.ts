import { inject } from 'vitest';
import type { WorkerBundle } from '../../tools/worker/build-worker.ts';
import {
  type RunningServer,
  type ServerOptions,
  serveBundle,
} from '../../tools/worker/serve-bundle.ts';

export type { RunningServer, ServerOptions };

declare module 'vitest' {
  interface ProvidedContext {
    /** Made once for all interop tests by build-once.ts. */
    readonly bundle: WorkerBundle;
  }
}

/**
 * Starts the Worker for a test, in about a second, on its own port, with new secrets and an empty
 * database. Call `stop` in afterAll.
 */
export function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  return serveBundle(inject('bundle'), options);
}

import { inject } from 'vitest';
import { startServe } from '../../tools/machine/run-serve.ts';
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
    readonly tls: { readonly certificate: string; readonly key: string };
  }
}

/**
 * Starts the Worker for a test, in about a second, on its own port, with new secrets and an empty
 * database: in Miniflare, or as `signet serve` if SIGNET_TEST_SERVER is `serve`. Call `stop` in afterAll.
 */
export function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  if (process.env.SIGNET_TEST_SERVER === 'serve') {
    // A certificate of its own would be one more in the record than the tests expect.
    return startServe({ ...options, tls: inject('tls') });
  }
  return serveBundle(inject('bundle'), options);
}

import {
  createExecutionContext,
  createScheduledController,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import worker from '../../src/index.ts';
import { instrument, openDatabase } from '../store/database.ts';

export const AUTHORIZATION = `Basic ${btoa(`${env.ROOT_ACCESS_KEY_ID}:${env.ROOT_ACCESS_KEY_SECRET}`)}`;

/** Downloads that another test may have left in the edge cache. */
const CACHED_PATHS = [
  '/ca/default.crt',
  '/ca/default.pem',
  '/crl/default.crl',
  '/api/ca/cacert',
  '/api/ca/crl',
];

export interface Answer {
  readonly response: Response;
  readonly bytes: Uint8Array;
  /** `bytes` as text. */
  readonly text: string;
}

export interface TestWorker {
  /** The database of the Worker. Its queries are not counted. */
  readonly db: D1Database;
  /** The number of D1 round trips of the Worker. */
  readonly calls: { count: number };
  /** Makes the `call`-th round trip from now fail. */
  failAt(call: number, when: 'before' | 'after'): void;
  /** Sends a request to the Worker and waits until its background work is done too. */
  send(path: string, init?: RequestInit<IncomingRequestCfProperties>): Promise<Answer>;
  runScheduled(): Promise<void>;
}

/**
 * Starts the whole Worker in a new isolate.
 * @param known the database of another isolate; the default is a new, migrated database
 */
export async function openWorker(
  variables: Readonly<Record<string, unknown>> = {},
  known?: D1Database,
): Promise<TestWorker> {
  const db = known ?? (await openDatabase());
  for (const path of CACHED_PATHS) await caches.default.delete(`${env.PUBLICATION_URL}${path}`);
  const { db: counted, calls, failAt } = instrument(db);
  const bindings = { ...env, ...variables, DB: counted };
  return {
    db,
    calls,
    failAt,
    async send(path, init = {}) {
      const context = createExecutionContext();
      const request = new Request<unknown, IncomingRequestCfProperties>(
        new URL(path, env.PUBLIC_URL),
        init,
      );
      const response = await worker.fetch(request, bindings, context);
      const bytes = new Uint8Array(await response.arrayBuffer());
      await waitOnExecutionContext(context);
      return { response, bytes, text: new TextDecoder().decode(bytes) };
    },
    async runScheduled() {
      const context = createExecutionContext();
      await worker.scheduled(createScheduledController(), bindings);
      await waitOnExecutionContext(context);
    },
  };
}

export function issueBody(csr: string): RequestInit<IncomingRequestCfProperties> {
  return { method: 'POST', headers: { Authorization: AUTHORIZATION }, body: csr };
}

import {
  createExecutionContext,
  createScheduledController,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import worker from '../../src/index.ts';
import { instrument, openDatabase } from '../store/database.ts';

export const AUTHORIZATION = `Basic ${btoa(`${env.ROOT_ACCESS_KEY_ID}:${env.ROOT_ACCESS_KEY_SECRET}`)}`;

export interface Answer {
  readonly response: Response;
  /** The body, read already. */
  readonly bytes: Uint8Array;
  /** The same as text. */
  readonly text: string;
}

export interface TestWorker {
  /** The database itself, for looking at what was recorded. */
  readonly db: D1Database;
  /** How often the Worker has gone to the database. */
  readonly calls: { count: number };
  /** Makes the `call`-th round trip from now on fail. */
  failAt(call: number, when: 'before' | 'after'): void;
  /** Sends a request to the whole Worker and waits for what goes on behind the answer. */
  send(path: string, init?: RequestInit<IncomingRequestCfProperties>): Promise<Answer>;
  runScheduled(): Promise<void>;
}

/**
 * The whole Worker as one isolate sees it.
 * @param known the database of another isolate, instead of an empty one with the real migrations
 */
export async function openWorker(
  variables: Readonly<Record<string, unknown>> = {},
  known?: D1Database,
): Promise<TestWorker> {
  const db = known ?? (await openDatabase());
  for (const path of ['/ca/default.crt', '/ca/default.pem', '/crl/default.crl'])
    await deleteEntry(path);
  for (const path of ['/api/ca/cacert', '/api/ca/crl']) await deleteEntry(path);
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

async function deleteEntry(path: string): Promise<void> {
  await caches.default.delete(`${env.PUBLICATION_URL}${path}`);
}

export function issueBody(csr: string): RequestInit<IncomingRequestCfProperties> {
  return { method: 'POST', headers: { Authorization: AUTHORIZATION }, body: csr };
}

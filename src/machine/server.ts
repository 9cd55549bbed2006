import { waitUntil } from 'cloudflare:workers';
import type { Env } from '../config.ts';
import type { WorkersCache } from '../http/edge/purge.ts';
import { createWorker, type Worker } from '../wiring/worker.ts';
import { createReadClient } from './clients.ts';
import { listSiblings, type MachineEnv, toWorkerEnv } from './env.ts';
import { createLogWriter } from './log-writer.ts';
import { createResponseCache, type ResponseCache } from './response-cache.ts';

export interface Server {
  readonly worker: Worker;
  readonly workerEnv: Env;
  readonly cache: ResponseCache;
}

/** A process in front that does not answer in this time has missed a purge. */
const PURGE_TIMEOUT_MS = 1000;

let opened: Server | null = null;

/** Opens the server of this process, the first time by its environment. */
export function openServer(env: MachineEnv): Server {
  opened ??= createServer(env);
  return opened;
}

function createServer(env: MachineEnv): Server {
  const cache = createResponseCache(() => Date.now(), waitUntil);
  const caches = [cache, ...listSiblings(env).map(createSiblingCache)];
  const all: WorkersCache = {
    async purge(options) {
      const results = await Promise.all(caches.map((each) => each.purge(options)));
      return { success: results.every(({ success }) => success) };
    },
  };
  return {
    worker: createWorker({
      openWorkersCache: () => all,
      readClient: createReadClient(env.TRUSTED_PROXIES ?? ''),
      resolver: env.RESOLVER ?? null,
      writeLog: createLogWriter((lines) => console.log(lines), waitUntil),
    }),
    workerEnv: toWorkerEnv(env),
    cache,
  };
}

/** The cache of another process. A process that does not run has none. */
function createSiblingCache(sibling: Fetcher): WorkersCache {
  return {
    async purge({ tags = [] }) {
      const response = await sibling.fetch('http://sibling/control/purge', {
        method: 'POST',
        body: JSON.stringify(tags),
        signal: AbortSignal.timeout(PURGE_TIMEOUT_MS),
      });
      return { success: response.ok };
    },
  };
}

import { waitUntil } from 'cloudflare:workers';
import type { Env } from '../config.ts';
import type { WorkersCache } from '../http/edge/purge.ts';
import { createTaggedMemory } from '../http/edge/tagged-memory.ts';
import { createWorker, type Worker } from '../wiring/worker.ts';
import type { CertStatus } from '../x509/status/ocsp-response.ts';
import { createReadClient } from './clients.ts';
import { listSiblings, type MachineEnv, toWorkerEnv } from './env.ts';
import { createLogWriter } from './log-writer.ts';
import { createResponseCache, type ResponseCache } from './response-cache.ts';

export interface Server {
  readonly worker: Worker;
  readonly workerEnv: Env;
  readonly answer: ResponseCache['answer'];
  /** Purges what this process keeps. */
  readonly purgeOwn: WorkersCache['purge'];
}

/** Statuses for OCSP in the memory of a process. */
const STATUSES = { maxEntries: 10_000, maxBytes: 4 * 1024 * 1024 };

/** A process in front that does not answer in this time has missed a purge. */
const PURGE_TIMEOUT_MS = 1000;

let opened: Server | null = null;

/** Opens the server of this process, the first time by its environment. */
export function openServer(env: MachineEnv): Server {
  opened ??= createServer(env);
  return opened;
}

function createServer(env: MachineEnv): Server {
  const clock = () => Date.now();
  const cache = createResponseCache(clock, waitUntil);
  const statuses = createTaggedMemory<CertStatus>({ ...STATUSES, clock });
  /** Both in one turn: no response can be built of a status that is purged, and kept afterwards. */
  const own: WorkersCache = {
    purge(options) {
      statuses.purge(options.tags ?? []);
      return cache.purge(options);
    },
  };
  const caches = [own, ...listSiblings(env).map(createSiblingCache)];
  const all: WorkersCache = {
    async purge(options) {
      const results = await Promise.all(caches.map((each) => each.purge(options)));
      return { success: results.every(({ success }) => success) };
    },
  };
  return {
    worker: createWorker({
      openWorkersCache: () => all,
      statuses,
      readClient: createReadClient(env.TRUSTED_PROXIES ?? ''),
      resolver: env.RESOLVER ?? null,
      writeLog: createLogWriter((lines) => console.log(lines), waitUntil),
    }),
    workerEnv: toWorkerEnv(env),
    answer: cache.answer,
    purgeOwn: own.purge,
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

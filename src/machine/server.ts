import { waitUntil } from 'cloudflare:workers';
import type { Env } from '../config.ts';
import type { WorkersCache } from '../http/edge/purge.ts';
import { createTaggedMemory } from '../http/edge/tagged-memory.ts';
import { isCertificatesTag } from '../http/edge/tags.ts';
import { createPurgeStore } from '../store/purge.ts';
import { createWorker, type Worker } from '../wiring/worker.ts';
import type { CertStatus } from '../x509/status/ocsp-response.ts';
import { createReadClient } from './clients.ts';
import { listSiblings, type MachineEnv, toWorkerEnv } from './env.ts';
import { createLogWriter } from './log-writer.ts';
import { createResponseCache, type ResponseCache } from './response-cache.ts';
import { joinCaches } from './siblings.ts';
import { createTrust } from './trust.ts';

export interface Server {
  readonly worker: Worker;
  readonly workerEnv: Env;
  readonly answer: ResponseCache['answer'];
  /** Purges what this process keeps. */
  readonly purgeOwn: WorkersCache['purge'];
  /** To be called before another process takes over the control socket, and with it the purges. */
  forgetMemory(): void;
}

/** Statuses for OCSP in the memory of a process. */
const STATUSES = { maxEntries: 10_000, maxBytes: 4 * 1024 * 1024 };

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
  /** All in one turn: nothing can be built of what is purged, and kept afterwards. */
  const own: WorkersCache = {
    purge(options) {
      const { tags = [] } = options;
      statuses.purge(tags);
      if (tags.some(isCertificatesTag)) worker.evictAuthorities(workerEnv);
      return cache.purge(options);
    },
  };
  const workerEnv = toWorkerEnv(env);
  const joined = joinCaches(own, listSiblings(env));
  const store = createPurgeStore(workerEnv.DB);
  const trust = createTrust({ store, purgeOwn: own.purge, clock, keepAlive: waitUntil });
  const worker = createWorker({
    openWorkersCache: () => joined,
    statuses: {
      ...statuses,
      find: (key) => (trust.isGiven() ? statuses.find(key) : null),
    },
    readClient: createReadClient(env.TRUSTED_PROXIES ?? ''),
    resolver: env.RESOLVER ?? null,
    showsPort: false,
    writeLog: createLogWriter((lines) => console.log(lines), waitUntil),
  });
  return {
    worker,
    workerEnv,
    async answer(request, build) {
      return (await trust.renew()) ? cache.answer(request, build) : cache.answerAnew(build);
    },
    purgeOwn: own.purge,
    forgetMemory: trust.end,
  };
}

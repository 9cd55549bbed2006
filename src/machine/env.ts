import { waitUntil } from 'cloudflare:workers';
import type { Env } from '../config.ts';
import type { AssetManifest } from './assets.ts';
import { createDatabase } from './database.ts';
import { createRateLimiter } from './rate-limiter.ts';
import type { BatchRunner } from './statements.ts';

/** What can be called at another process or object: the platform's stub. */
interface RecordNamespace {
  getByName(name: string): BatchRunner;
}

/** The bindings that scripts/serve/ configures, besides secrets and variables. */
export interface MachineEnv {
  /** The record itself; missing in processes in front of the one that owns it. */
  readonly RECORD?: RecordNamespace;
  /** The process that owns the record; missing in that process. */
  readonly RECORD_PROCESS?: BatchRunner;
  /** The other processes of this server. */
  readonly [name: `SIBLING_${number}`]: Fetcher;
  readonly ASSETS: Fetcher;
  /** A network with private addresses, for the resolver alone; missing without DOH_URL. */
  readonly RESOLVER?: Fetcher;
  readonly ASSET_MANIFEST: AssetManifest;
  /** See `createReadClient`. */
  readonly TRUSTED_PROXIES?: string;
  readonly [name: string]: unknown;
}

const RECORD_NAME = 'record';

/** Opens the record for one request. */
export function openRecord(env: MachineEnv): BatchRunner {
  const runner = env.RECORD?.getByName(RECORD_NAME) ?? env.RECORD_PROCESS;
  if (runner === undefined) throw new Error('There is no record to open.');
  return runner;
}

/** As [[ratelimits]] in wrangler.toml. */
const CALLS = { limit: 200, periodSeconds: 10 };

/** The environment as the Worker expects it. Made once, because the Worker keeps its parts by it. */
export function toWorkerEnv(env: MachineEnv): Env {
  return {
    // No plan of a platform limits requests here.
    WEBHOOK_ATTEMPTS: '1000',
    ...env,
    DB: createDatabase(() => openRecord(env), waitUntil),
    CALLS_PER_ACCESS_KEY: createRateLimiter(CALLS, () => Date.now()),
  };
}

/** Lists the other processes of this server. */
export function listSiblings(env: MachineEnv): Fetcher[] {
  return Object.keys(env)
    .filter((name): name is `SIBLING_${number}` => /^SIBLING_\d+$/.test(name))
    .flatMap((name) => env[name] ?? []);
}

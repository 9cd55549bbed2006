import type { Env } from '../config.ts';
import { createApp } from '../http/app.ts';
import { runAllJobs } from '../jobs/run-job.ts';
import { describeWrongPort } from './check-addresses.ts';
import { createParts, type Parts } from './parts.ts';
import type { Platform } from './platform.ts';

/** The handlers of the Worker. */
export interface Worker {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response>;
  /** Runs all jobs, and logs a line for each. */
  runJobs(env: Env): Promise<void>;
  /** Reads each authority from the record again before it is used. */
  evictAuthorities(env: Env): void;
}

/** Creates the Worker for a platform. */
export function createWorker(platform: Platform): Worker {
  /** One set of parts per environment, so that an isolate imports each key only once. */
  const partsByEnv = new WeakMap<Env, Parts>();

  function openParts(env: Env): Parts {
    const known = partsByEnv.get(env);
    if (known !== undefined) return known;
    const parts = createParts(env, platform);
    for (const { name, message } of parts.config.problems) {
      console.error(JSON.stringify({ level: 'error', message: `${name} ${message}` }));
    }
    partsByEnv.set(env, parts);
    return parts;
  }

  /** The environments whose first request has been looked at. */
  const checked = new WeakSet<Env>();

  /** Warns once if certificates will name an address at which this server does not answer. */
  function checkAddress(request: Request, env: Env): void {
    if (!platform.showsPort || checked.has(env)) return;
    checked.add(env);
    const message = describeWrongPort(openParts(env).config.publicationUrl, request.url);
    if (message !== null) console.warn(JSON.stringify({ level: 'warn', message }));
  }

  const app = createApp({
    openServices: (env) => openParts(env).services,
    readClient: platform.readClient,
    clock: () => Date.now(),
    writeLog: platform.writeLog,
  });

  return {
    fetch(request, env, context) {
      checkAddress(request, env);
      return app.fetch(request, env, context);
    },

    evictAuthorities: (env) => openParts(env).evictAuthorities(),

    async runJobs(env) {
      const { openJobs } = openParts(env);
      for (const result of await runAllJobs(await openJobs())) {
        const failed = 'error' in result;
        const line = JSON.stringify({
          level: failed ? 'error' : 'info',
          at: new Date().toISOString(),
          job: result.name,
          ...(failed ? { error: String(result.error) } : { report: result.report }),
        });
        platform.writeLog(line);
      }
    },
  };
}

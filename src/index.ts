import type { Env } from './config.ts';
import { createApp } from './http/app.ts';
import { runAllJobs } from './jobs/run-job.ts';
import { createParts, type Parts } from './wiring/parts.ts';

/** One set of parts per environment, so that an isolate imports each key only once. */
const partsByEnv = new WeakMap<Env, Parts>();

function openParts(env: Env): Parts {
  const known = partsByEnv.get(env);
  if (known !== undefined) return known;
  const parts = createParts(env);
  for (const { name, message } of parts.config.problems) {
    console.error(JSON.stringify({ level: 'error', message: `${name} ${message}` }));
  }
  partsByEnv.set(env, parts);
  return parts;
}

const app = createApp({
  openServices: (env) => openParts(env).services,
  clock: () => Date.now(),
  writeLog: (line) => console.log(line),
});

export default {
  fetch: (request, env, runtime) => app.fetch(request, env, runtime),

  async scheduled(_controller, env) {
    const { openJobs } = openParts(env);
    for (const result of await runAllJobs(await openJobs())) {
      const failed = 'error' in result;
      const line = JSON.stringify({
        level: failed ? 'error' : 'info',
        at: new Date().toISOString(),
        job: result.name,
        ...(failed ? { error: String(result.error) } : { report: result.report }),
      });
      console.log(line);
    }
  },
} satisfies ExportedHandler<Env>;

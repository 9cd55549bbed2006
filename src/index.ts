import type { Env } from './config.ts';
import { CLOUDFLARE } from './wiring/platform.ts';
import { createWorker } from './wiring/worker.ts';

const worker = createWorker(CLOUDFLARE);

export default {
  fetch: worker.fetch,
  scheduled: (_controller, env) => worker.runJobs(env),
} satisfies ExportedHandler<Env>;

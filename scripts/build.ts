import { join } from 'node:path';
import { bundleWorker } from './bundle-worker.ts';
import { buildPublic } from './openapi/build-public.ts';
import { PROJECT_DIR } from './project.ts';

// What wrangler.toml names: the Worker, and the files beside it.
buildPublic();
await bundleWorker('src/index.ts', join(PROJECT_DIR, 'dist', 'worker.js'));

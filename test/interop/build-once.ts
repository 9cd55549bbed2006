import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { buildWorker } from '../../tools/worker/build-worker.ts';

/** Bundles the Worker once for all interop tests. */
export default async function setup(project: TestProject): Promise<() => void> {
  const bundle = buildWorker();
  project.provide('bundle', bundle);
  return () => rmSync(bundle.directory, { recursive: true, force: true });
}

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { WorkerBundle } from './build-worker.ts';

const KIB = 1024;

/** The platform allows 3 MiB on its free plan; this holds the Worker far below. */
export const MAX_GZIP_KIB = 400;

/** Returns the size of the bundle in KiB, as it is and with gzip. */
export function measureBundleSize({ scriptPath }: WorkerBundle) {
  const script = readFileSync(scriptPath);
  return { plainKib: script.length / KIB, gzipKib: gzipSync(script).length / KIB };
}

import type { WorkerBundle } from '../worker/build-worker.ts';
import { MAX_GZIP_KIB, measureBundleSize } from '../worker/bundle-size.ts';
import { MAX_START_UP_MS, measureStartUp } from '../worker/measure-start-up.ts';
import type { Section } from './report.ts';

/** Measures what the platform loads before the first request. */
export function measureBundle(bundle: WorkerBundle): Section {
  const { plainKib, gzipKib } = measureBundleSize(bundle);
  return {
    title: 'The bundle',
    rows: [
      { name: 'minified', value: plainKib, unit: 'KiB' },
      { name: 'minified, gzip', value: gzipKib, unit: 'KiB', aim: { below: MAX_GZIP_KIB } },
      {
        name: 'start-up (wrangler check startup)',
        value: measureStartUp(),
        unit: 'ms',
        aim: { below: MAX_START_UP_MS },
      },
    ],
  };
}

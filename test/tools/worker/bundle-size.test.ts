import { expect, inject, it } from 'vitest';
import { MAX_GZIP_KIB, measureBundleSize } from '../../../tools/worker/bundle-size.ts';

it('keeps the bundle that wrangler deploys below its limit', () => {
  const { plainKib, gzipKib } = measureBundleSize(inject('bundle'));
  expect(gzipKib).toBeLessThan(MAX_GZIP_KIB);
  expect(plainKib).toBeGreaterThan(gzipKib);
});

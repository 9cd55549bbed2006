import { expect, it } from 'vitest';
import { bundleConsole } from '../../../tools/console/build-console.ts';
import { MAX_FIRST_LOAD_KIB, measureFirstLoad } from '../../../tools/console/first-load.ts';

it('keeps what the console loads first below its limit', async () => {
  const firstLoadKib = measureFirstLoad(await bundleConsole());
  expect(firstLoadKib).toBeGreaterThan(5);
  expect(firstLoadKib).toBeLessThan(MAX_FIRST_LOAD_KIB);
});

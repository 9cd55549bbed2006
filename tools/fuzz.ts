import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_DIR } from '../scripts/project.ts';

const USAGE = 'npm run fuzz -- [--runs N] [--seed N]';
const DEFAULT_RUNS = '12000';
const MAX_SEED = 2 ** 31 - 1;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: DEFAULT_RUNS }, seed: { type: 'string' } },
});
const runs = Number(values.runs);
const seed = Number(values.seed ?? randomInt(MAX_SEED));

if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  console.error(`--runs and --seed must be whole numbers: ${USAGE}`);
  process.exitCode = 2;
} else {
  console.log(
    `${runs} hostile requests. To repeat them: npm run fuzz -- --runs ${runs} --seed ${seed}`,
  );
  const vitest = dirname(createRequire(import.meta.url).resolve('vitest/package.json'));
  const args = [join(vitest, 'vitest.mjs'), 'run', '--project', 'worker', 'test/fuzz'];
  const { status, error } = spawnSync(process.execPath, args, {
    cwd: PROJECT_DIR,
    stdio: 'inherit',
    env: { ...process.env, FUZZ_RUNS: String(runs), FUZZ_SEED: String(seed) },
  });
  if (error) throw error;
  process.exitCode = status ?? 1;
}

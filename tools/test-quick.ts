import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PROJECT_DIR } from '../scripts/project.ts';
import { selectTests } from './quick-tests.ts';

/** `npm run test:quick -- main` takes what changed since `main`; the default is the last commit. */
const [since = 'HEAD'] = process.argv.slice(2);

function git(...args: string[]): string[] {
  const output = execFileSync('git', args, { cwd: PROJECT_DIR, encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

const changed = [
  ...git('diff', '--name-only', '--diff-filter=d', since),
  ...git('ls-files', '--others', '--exclude-standard'),
];
const tests = selectTests(changed);
if (tests.length === 0) {
  console.log(`No code with unit tests has changed since ${since}.`);
} else {
  const vitest = dirname(createRequire(import.meta.url).resolve('vitest/package.json'));
  const options = ['run', '--passWithNoTests', '--changed', since, '--reporter=dot'];
  const { status, error } = spawnSync(
    process.execPath,
    [join(vitest, 'vitest.mjs'), ...options, ...tests],
    { cwd: PROJECT_DIR, stdio: 'inherit' },
  );
  if (error) throw error;
  process.exitCode = status ?? 1;
}

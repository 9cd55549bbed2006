import { join } from 'node:path';
import { unstable_readConfig } from 'wrangler';
import { findDeployProblems } from './deploy-problems.ts';
import { DATABASE_BINDING, PROJECT_DIR } from './project.ts';
import { runWranglerInteractively } from './wrangler.ts';

const config = unstable_readConfig({ config: join(PROJECT_DIR, 'wrangler.toml') });
const databases: readonly { binding: string; database_id?: string }[] = config.d1_databases;
const database = databases.find(({ binding }) => binding === DATABASE_BINDING);
const problems = findDeployProblems({ databaseId: database?.database_id, vars: config.vars });

if (problems.length > 0) {
  console.error(`wrangler.toml is not ready for a deployment.\n\n${problems.join('\n\n')}\n`);
  process.exitCode = 1;
} else {
  process.exitCode =
    runWranglerInteractively(['d1', 'migrations', 'apply', DATABASE_BINDING, '--remote']) ||
    runWranglerInteractively(['deploy', ...process.argv.slice(2)]);
}

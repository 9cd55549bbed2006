import { join } from 'node:path';
import { unstable_readConfig } from 'wrangler';
import { findDeployProblems } from './deploy-problems.ts';
import { DATABASE_BINDING, PROJECT_DIR } from './project.ts';

/** Returns what must still be set in this project's wrangler.toml before a deployment. */
export function findConfigProblems(): string[] {
  const config = unstable_readConfig({ config: join(PROJECT_DIR, 'wrangler.toml') });
  const databases: readonly { binding: string; database_id?: string }[] = config.d1_databases;
  const database = databases.find(({ binding }) => binding === DATABASE_BINDING);
  return findDeployProblems({ databaseId: database?.database_id, vars: config.vars });
}

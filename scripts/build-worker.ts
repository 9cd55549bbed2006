import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unstable_readConfig, unstable_splitSqlQuery } from 'wrangler';
import { bundleWorker } from './bundle-worker.ts';
import { DATABASE_BINDING, PROJECT_DIR } from './project.ts';

/** All that is needed to serve the Worker elsewhere than on the platform. */
export interface WorkerBundle {
  /** A new directory among the system's temporary files; whoever asked for the bundle removes it. */
  readonly directory: string;
  readonly scriptPath: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** The variables of wrangler.toml. */
  readonly vars: Readonly<Record<string, string>>;
  /** The binding of the database. */
  readonly database: string;
  /** The statements of all migrations, in order. */
  readonly migrations: readonly string[];
}

/**
 * Builds the Worker as it is deployed.
 * @param entry another module to begin with, from the project's root
 */
export async function buildWorker(entry = 'src/index.ts'): Promise<WorkerBundle> {
  const directory = mkdtempSync(join(tmpdir(), 'signet-bundle-'));
  const scriptPath = join(directory, 'worker.js');
  await bundleWorker(entry, scriptPath);
  const config = unstable_readConfig({ config: join(PROJECT_DIR, 'wrangler.toml') });
  return {
    directory,
    scriptPath,
    compatibilityDate: config.compatibility_date ?? '',
    compatibilityFlags: config.compatibility_flags,
    vars: Object.fromEntries(
      Object.entries(config.vars).map(([name, value]) => [name, String(value)]),
    ),
    database: DATABASE_BINDING,
    migrations: readMigrations(join(PROJECT_DIR, 'migrations')),
  };
}

function readMigrations(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .flatMap((name) => unstable_splitSqlQuery(readFileSync(join(directory, name), 'utf8')));
}

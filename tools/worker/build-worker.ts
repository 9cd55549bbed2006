import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { unstable_readConfig, unstable_splitSqlQuery } from 'wrangler';
import { DATABASE_BINDING, PROJECT_DIR } from '../../scripts/project.ts';
import { runWranglerQuietly } from '../../scripts/wrangler.ts';

/** Everything that Miniflare needs to serve the Worker. */
export interface WorkerBundle {
  /** A new temporary directory; the caller removes it. */
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
 * Bundles a Worker by wrangler, exactly as it is deployed.
 * @param entry its first module, relative to the project's root
 */
export function buildWorker(entry = 'src/index.ts'): WorkerBundle {
  const directory = mkdtempSync(join(tmpdir(), 'signet-bundle-'));
  runWranglerQuietly(['deploy', entry, '--dry-run', '--outdir', directory]);
  const config = unstable_readConfig({ config: join(PROJECT_DIR, 'wrangler.toml') });
  return {
    directory,
    // wrangler names it after the entry, and writes its source map beside it.
    scriptPath: join(directory, `${parse(entry).name}.js`),
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

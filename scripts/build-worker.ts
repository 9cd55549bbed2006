import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { unstable_readConfig, unstable_splitSqlQuery } from 'wrangler';
import { DATABASE_BINDING, PROJECT_DIR } from './project.ts';
import { runWranglerQuietly } from './wrangler.ts';

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

export interface BuildOptions {
  readonly minify?: boolean;
  /** Another module to begin with than src/index.ts, from the project's root. */
  readonly entry?: string;
}

/** Builds the Worker as `wrangler deploy` does. */
export function buildWorker(options: BuildOptions = {}): WorkerBundle {
  const directory = mkdtempSync(join(tmpdir(), 'signet-bundle-'));
  const minify = options.minify === true ? ['--minify'] : [];
  const entry = options.entry ?? 'src/index.ts';
  runWranglerQuietly(['deploy', entry, '--dry-run', '--outdir', directory, ...minify]);
  const config = unstable_readConfig({ config: join(PROJECT_DIR, 'wrangler.toml') });
  return {
    directory,
    scriptPath: join(directory, `${basename(entry, '.ts')}.js`),
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

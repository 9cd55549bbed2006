import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** The directory that has package.json and wrangler.toml. */
export const PROJECT_DIR = dirname(import.meta.dirname);

export const DATABASE_BINDING = 'DB';

/** Returns the script of the installed wrangler, to run it by the same Node. */
export function findWrangler(): string {
  const packageJson = createRequire(import.meta.url).resolve('wrangler/package.json');
  return join(dirname(packageJson), 'bin', 'wrangler.js');
}

/**
 * Resolves a path against the directory in which the user typed the command: npm runs scripts in the
 * project's directory.
 * @param script the script's name in package.json
 */
export function resolveCallerPath(path: string, script: string): string {
  const { INIT_CWD, npm_lifecycle_event } = process.env;
  return npm_lifecycle_event === script && INIT_CWD ? resolve(INIT_CWD, path) : resolve(path);
}

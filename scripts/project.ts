import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** The directory of package.json and wrangler.toml. */
export const PROJECT_DIR = dirname(import.meta.dirname);

export const DATABASE_BINDING = 'DB';

/** The entry point of the installed wrangler, to be run by this very Node. */
export function findWrangler(): string {
  const packageJson = createRequire(import.meta.url).resolve('wrangler/package.json');
  return join(dirname(packageJson), 'bin', 'wrangler.js');
}

/** npm runs scripts in the project's directory; a path is meant from where the user stands. @param script its name in package.json */
export function resolveCallerPath(path: string, script: string): string {
  const { INIT_CWD, npm_lifecycle_event } = process.env;
  return npm_lifecycle_event === script && INIT_CWD ? resolve(INIT_CWD, path) : resolve(path);
}

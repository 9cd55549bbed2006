import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The directory of package.json and wrangler.toml. */
export const PROJECT_DIR = dirname(import.meta.dirname);

export const DATABASE_BINDING = 'DB';

/** The entry point of the installed wrangler, to be run by this very Node. */
export function findWrangler(): string {
  const packageJson = createRequire(import.meta.url).resolve('wrangler/package.json');
  return join(dirname(packageJson), 'bin', 'wrangler.js');
}

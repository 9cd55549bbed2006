import { join, relative, resolve } from 'node:path';
import { PROJECT_DIR } from './project.ts';

/** Where a local run keeps what must survive it. `SIGNET_STATE` puts all of it into another directory. */
export function locateState(directory: string | undefined) {
  const base = directory ? resolve(directory) : PROJECT_DIR;
  return {
    base,
    devVars: join(base, '.dev.vars'),
    curlConfig: join(base, '.dev.curl'),
    storage: directory ? join(base, 'state') : join(base, '.wrangler', 'state'),
    log: join(base, 'ca_server.log'),
  };
}

/** A path as the user would type it. */
export function showPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

import { join, relative, resolve } from 'node:path';
import { PROJECT_DIR } from './project.ts';

/** Paths of the files that a local run keeps. `SIGNET_STATE` moves all of them to another directory. */
export function locateState(directory: string | undefined) {
  const base = directory ? resolve(directory) : PROJECT_DIR;
  return {
    base,
    devVars: join(base, '.dev.vars'),
    curlConfig: join(base, '.dev.curl'),
    issuingCurlConfig: join(base, '.dev.issue.curl'),
    storage: directory ? join(base, 'state') : join(base, '.wrangler', 'state'),
    log: join(base, 'ca_server.log'),
  };
}

/** Returns a path as the user would type it. */
export function showPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

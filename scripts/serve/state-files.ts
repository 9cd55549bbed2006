import { join } from 'node:path';

/** The names of the files in a state directory. */
export function locateFiles(stateDirectory: string) {
  const at = (...names: string[]) => join(stateDirectory, ...names);
  return {
    settings: at('signet.env'),
    secrets: at('secrets.env'),
    record: at('record'),
    /** Exists once the server has run with a record. */
    recordMark: at('record-made'),
    tls: at('tls'),
    run: at('run'),
    lock: at('lock'),
    curlConfig: at('root.curl'),
  };
}

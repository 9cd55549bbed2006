import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { createOnce, formatDevVars, writeCurlConfig } from '../dev-vars.ts';
import { makeSecrets } from '../secrets.ts';
import { UserError } from '../user-error.ts';
import { readSettings } from './settings.ts';
import { locateFiles } from './state-files.ts';

/** Makes the state directory and its secrets if there are none. @throws UserError */
export function prepareState(directory: string): void {
  const files = locateFiles(directory);
  if (!existsSync(directory)) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stats = statSync(directory);
  if (!stats.isDirectory()) throw new UserError(`Cannot use ${directory}: it is not a directory.`);
  requireOwner(directory);
  if ((stats.mode & 0o077) !== 0) {
    throw new UserError(`Other users can enter ${directory}. Change it: chmod 700 ${directory}`);
  }
  for (const path of [files.record, files.run, files.tls]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
  }
  if (!existsSync(files.secrets) && !hasSecrets(directory)) {
    const secrets = makeSecrets();
    createOnce(files.secrets, formatDevVars(secrets, 'signet serve'));
    writeCurlConfig(files.curlConfig, secrets);
  }
}

/**
 * A process of another user, also of root, leaves files that the server's user cannot replace.
 * @throws UserError if the directory belongs to another user
 */
export function requireOwner(directory: string): void {
  const user = process.getuid?.();
  if (user === undefined || statSync(directory).uid === user) return;
  throw new UserError(
    `${directory} belongs to another user. Run Signet as that user, or change the owner: chown -R USER ${directory}`,
  );
}

/** Tells whether the environment or systemd gives the secrets. */
function hasSecrets(directory: string): boolean {
  return readSettings(directory, process.env).worker.CA_KEY !== undefined;
}

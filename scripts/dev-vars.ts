import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { makeSecrets, SECRET_NAMES, type SecretName } from './secrets.ts';

const OWNER_ONLY = 0o600;

export interface DevVars {
  /** True if this call made the file. */
  readonly created: boolean;
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly missing: readonly SecretName[];
}

/**
 * Reads the variables file of local runs, or makes it with new secrets. It never changes an existing
 * file, because a CA that loses its key is lost.
 */
export function ensureDevVars(path: string): DevVars {
  const created = createOnce(path, formatDevVars(makeSecrets(), 'npm start'));
  const values = parseEnv(readFileSync(path, 'utf8'));
  return { created, values, missing: SECRET_NAMES.filter((name) => !isSet(name, values)) };
}

/** A user removes the first SEALING_KEY after a rotation to a later version. */
function isSet(name: SecretName, values: DevVars['values']): boolean {
  const names = Object.keys(values).filter((each) => values[each]);
  if (name === 'SEALING_KEY') return names.some((each) => /^SEALING_KEY(_V\d+)?$/.test(each));
  return names.includes(name);
}

/**
 * Writes the root access key as a curl configuration file (`curl -K FILE`), so that the key appears
 * neither on the screen nor in the process list. Returns false if `values` has no root access key.
 */
export function writeCurlConfig(path: string, values: DevVars['values']): boolean {
  const { ROOT_ACCESS_KEY_ID: id, ROOT_ACCESS_KEY_SECRET: secret } = values;
  if (!id || !secret) return false;
  writeCurlLogin(path, `${id}:${secret}`);
  return true;
}

/** Writes a curl configuration file with a login. @param user id and secret, with a colon between */
export function writeCurlLogin(path: string, user: string): void {
  const quoted = user.replace(/[\\"]/g, '\\$&');
  if (existsSync(path)) chmodSync(path, OWNER_ONLY);
  writeFileSync(path, `user = "${quoted}"\n`, { mode: OWNER_ONLY });
}

/** Writes a file that only its owner can read. Returns false and writes nothing if it exists. */
export function createOnce(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { mode: OWNER_ONLY, flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    // A part of it would never be completed, because the file exists.
    rmSync(path, { force: true });
    throw error;
  }
}

/** @param madeBy the command that makes the file, shown in its first line */
export function formatDevVars(secrets: Readonly<Record<string, string>>, madeBy: string): string {
  const lines = Object.entries(secrets).map(([name, value]) => `${name}="${value}"\n`);
  return `# Secrets of the local CA, made by ${madeBy}. Keep them: they are not made twice.\n${lines.join('')}`;
}

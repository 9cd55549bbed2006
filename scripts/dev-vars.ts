import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { makeSecrets, SECRET_NAMES, type SecretName } from './secrets.ts';

const OWNER_ONLY = 0o600;

export interface DevVars {
  /** True where this call made the file. */
  readonly created: boolean;
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly missing: readonly SecretName[];
}

/**
 * Reads the variables file of local runs, and makes it with new secrets where there is none. A file
 * that is there is never written to: a CA that lost its key is worth nothing.
 */
export function ensureDevVars(path: string): DevVars {
  const created = createOnce(path, formatDevVars(makeSecrets(), 'npm start'));
  const values = parseEnv(readFileSync(path, 'utf8'));
  return { created, values, missing: SECRET_NAMES.filter((name) => !isSet(name, values)) };
}

/** The first SEALING_KEY goes once a later version has taken over. */
function isSet(name: SecretName, values: DevVars['values']): boolean {
  const names = Object.keys(values).filter((each) => values[each]);
  if (name === 'SEALING_KEY') return names.some((each) => /^SEALING_KEY(_V\d+)?$/.test(each));
  return names.includes(name);
}

/**
 * Writes the root access key as a curl configuration file (`curl -K FILE`), so that the key shows
 * neither on the screen nor in the list of processes. False where `values` has no root access key.
 */
export function writeCurlConfig(path: string, values: DevVars['values']): boolean {
  const { ROOT_ACCESS_KEY_ID: id, ROOT_ACCESS_KEY_SECRET: secret } = values;
  if (!id || !secret) return false;
  const user = `${id}:${secret}`.replace(/[\\"]/g, '\\$&');
  if (existsSync(path)) chmodSync(path, OWNER_ONLY);
  writeFileSync(path, `user = "${user}"\n`, { mode: OWNER_ONLY });
  return true;
}

/** Writes a file that only its owner can read; false, and nothing written, where it is there already. */
export function createOnce(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { mode: OWNER_ONLY, flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** @param madeBy the command that makes the file, for its first line */
export function formatDevVars(secrets: Readonly<Record<string, string>>, madeBy: string): string {
  const lines = Object.entries(secrets).map(([name, value]) => `${name}="${value}"\n`);
  return `# Secrets of the local CA, made by ${madeBy}. Keep them: they are not made twice.\n${lines.join('')}`;
}

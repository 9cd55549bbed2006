import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMigrations } from '../../src/machine/migrations.ts';

/** Returns the version of Signet. @param dist directory of the build */
export function readVersion(dist: string): string {
  return String(Reflect.get(Object(readJson(dist, 'package.json')), 'version'));
}

/** Returns the names of the migrations that this version knows. @param dist directory of the build */
export function readMigrationNames(dist: string): string[] {
  return readMigrations({ MIGRATIONS: readJson(dist, 'migrations.json') }).map(({ name }) => name);
}

function readJson(dist: string, name: string): unknown {
  return JSON.parse(readFileSync(join(dist, name), 'utf8'));
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_DIR } from '../../scripts/project.ts';

/** Returns a CSR of the tests' fixtures as PEM. */
export function readCsrPem(name: string): string {
  return readFixture('csr', `${name}.pem`);
}

/** Returns a certificate or private key of the tests' fixtures as PEM. */
export function readUpload(file: string): string {
  return readFixture('inventory', file);
}

/** Returns a private key of the tests' fixtures as PEM. */
export function readKeyPem(folder: 'keys' | 'private-keys', name: string): string {
  return readFixture(folder, `${name}.pem`);
}

function readFixture(...path: readonly string[]): string {
  return readFileSync(join(PROJECT_DIR, 'test', 'fixtures', ...path), 'utf8');
}

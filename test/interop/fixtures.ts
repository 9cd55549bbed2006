import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = join(import.meta.dirname, '..', 'fixtures');

/** File names in test/fixtures/csr. Each names its key and signature, or (`rejected-…`) its defect. */
export const CSR_NAMES: readonly string[] = readdirSync(`${DIRECTORY}/csr`)
  .filter((name) => name.endsWith('.pem'))
  .map((name) => name.slice(0, -'.pem'.length));

export function csrPath(name: string): string {
  return `${DIRECTORY}/csr/${name}.pem`;
}

export function csrPem(name: string): string {
  return readFileSync(csrPath(name), 'utf8');
}

export function keyPath(name: string): string {
  return `${DIRECTORY}/keys/${name}.pem`;
}

export function keyPem(name: string): string {
  return readFileSync(keyPath(name), 'utf8');
}

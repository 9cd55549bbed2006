import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_DIR } from '../project.ts';

/** A certificate request of the tests, as PEM. */
export function readCsrPem(name: string): string {
  return readFileSync(join(PROJECT_DIR, 'test', 'fixtures', 'csr', `${name}.pem`), 'utf8');
}

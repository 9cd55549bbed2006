import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_DIR } from '../scripts/project.ts';
import { findViolations } from './boundaries.ts';

const files = globSync('src/**/*.ts', { cwd: PROJECT_DIR }).map((file) =>
  file.replaceAll('\\', '/'),
);
const sources = new Map(
  files.sort().map((file) => [file, readFileSync(join(PROJECT_DIR, file), 'utf8')]),
);
const violations = findViolations(sources);
for (const { file, rule } of violations) console.error(`${file} ${rule}`);
console.log(`Import boundaries: ${sources.size} files, ${violations.length} violations`);
if (violations.length > 0 || sources.size === 0) process.exitCode = 1;

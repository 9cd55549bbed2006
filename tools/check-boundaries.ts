import { findViolations } from './boundaries.ts';
import { readSources } from './read-sources.ts';

const sources = readSources();
const violations = findViolations(sources);
for (const { file, rule } of violations) console.error(`${file} ${rule}`);
if (violations.length > 0) {
  console.error('To allow an import, list it in tools/allowed-imports.ts and in CONTRIBUTING.md.');
}
console.log(`Import boundaries: ${sources.size} files, ${violations.length} violations`);
if (violations.length > 0 || sources.size === 0) process.exitCode = 1;

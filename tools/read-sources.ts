import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_DIR } from '../scripts/project.ts';

/** Returns the text of each TypeScript file of src/ by its path from the project's root, with `/`. */
export function readSources(): Map<string, string> {
  const files = globSync('src/**/*.{ts,tsx}', { cwd: PROJECT_DIR });
  return new Map(
    files
      .sort()
      .map((file) => [file.replaceAll('\\', '/'), readFileSync(join(PROJECT_DIR, file), 'utf8')]),
  );
}

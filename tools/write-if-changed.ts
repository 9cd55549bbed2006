import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT_DIR } from '../scripts/project.ts';

/** Replaces a file at once, because another process may be reading or serving it. */
export function writeIfChanged(path: string, content: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(content)) return;
  const temporary = join(PROJECT_DIR, '.wrangler', `built-${process.pid}.tmp`);
  for (const file of [path, temporary]) mkdirSync(dirname(file), { recursive: true });
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { describeSignetApi } from './signet-api.ts';

/** The parts of Swagger UI that the page needs. */
const VIEWER_FILES = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-bundle.js.LICENSE.txt',
  'favicon-32x32.png',
  'LICENSE',
  'NOTICE',
];

/** Writes the OpenAPI description and the files of Swagger UI into public/. */
export function buildPublic(): void {
  const target = join(PROJECT_DIR, 'public', 'api');
  const description = `${JSON.stringify(describeSignetApi())}\n`;
  writeIfChanged(join(target, 'v1', 'openapi.json'), Buffer.from(description));

  const source = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  for (const file of VIEWER_FILES) {
    writeIfChanged(join(target, 'docs', 'swagger-ui', file), readFileSync(join(source, file)));
  }
}

/** Replaces a file at once, because another `wrangler dev` may be serving it. */
function writeIfChanged(path: string, content: Buffer): void {
  if (existsSync(path) && readFileSync(path).equals(content)) return;
  const temporary = join(PROJECT_DIR, '.wrangler', `public-${process.pid}.tmp`);
  for (const file of [path, temporary]) mkdirSync(dirname(file), { recursive: true });
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

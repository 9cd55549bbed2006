import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { writeIfChanged } from '../write-if-changed.ts';
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

const TARGET = join(PROJECT_DIR, 'public', 'api');

/** Writes the OpenAPI description into public/ and returns its path. */
export function writeDescription(): string {
  const path = join(TARGET, 'v1', 'openapi.json');
  writeIfChanged(path, Buffer.from(`${JSON.stringify(describeSignetApi())}\n`));
  return path;
}

/** Writes the files of Swagger UI into public/. */
export function copyViewer(): void {
  const source = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  for (const file of VIEWER_FILES) {
    writeIfChanged(join(TARGET, 'docs', 'swagger-ui', file), readFileSync(join(source, file)));
  }
}

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
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

/** Makes the description of the API, and copies the viewer that shows it. */
export function buildPublic(): void {
  const publicDirectory = join(PROJECT_DIR, 'public');
  const description = join(publicDirectory, 'api', 'v1', 'openapi.json');
  const viewer = join(publicDirectory, 'api', 'docs', 'swagger-ui');

  mkdirSync(dirname(description), { recursive: true });
  writeFileSync(description, JSON.stringify(describeSignetApi()));

  const source = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  mkdirSync(viewer, { recursive: true });
  for (const file of VIEWER_FILES) copyFileSync(join(source, file), join(viewer, file));
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { writeReference } from './reference.ts';
import { describeSignetApi } from './signet-api.ts';

writeFileSync(join(PROJECT_DIR, 'docs', 'api-reference.md'), writeReference(describeSignetApi()));

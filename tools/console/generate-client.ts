import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateSource } from 'oazapfts';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { writeIfChanged } from '../write-if-changed.ts';

const CLIENT = join(PROJECT_DIR, 'src', 'console', 'api', 'client.ts');
const DESCRIPTION = join(PROJECT_DIR, '.wrangler', 'console-api.json');

/**
 * Writes the console's client: one typed function for each operation of the API.
 * @param description the path of the OpenAPI description
 */
export async function generateClient(description: string): Promise<void> {
  const text = JSON.stringify(JSON.parse(readFileSync(description, 'utf8'), adapt));
  writeIfChanged(DESCRIPTION, Buffer.from(text));
  writeIfChanged(CLIENT, Buffer.from(await generateSource(DESCRIPTION, { useUnknown: true })));
}

/**
 * The console asks for JSON, so other forms of an answer or a request must not become its type. Bytes
 * are marked as OpenAPI 3.0 does, which the generator reads as a Blob, if no answer of the operation
 * is JSON: so their errors have no type.
 */
function adapt(key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (key === 'schema' && 'contentMediaType' in value) return { type: 'string', format: 'binary' };
  if (key === 'responses' && JSON.stringify(value).includes('"binary"')) {
    const answers = Object.entries(value).map(([status, { content, ...answer }]) =>
      status === '200' ? [status, { ...answer, content }] : [status, answer],
    );
    return Object.fromEntries(answers);
  }
  if (key !== 'content') return value;
  const json: unknown = Reflect.get(value, 'application/json');
  return json === undefined ? value : { 'application/json': json };
}

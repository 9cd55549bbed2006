import { join } from 'node:path';
import { generateSource } from 'oazapfts';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { writeIfChanged } from '../write-if-changed.ts';

const CLIENT = join(PROJECT_DIR, 'src', 'console', 'api', 'client.ts');

/**
 * Writes the console's client: one typed function for each operation of the API.
 * @param description the path of the OpenAPI description
 */
export async function generateClient(description: string): Promise<void> {
  writeIfChanged(CLIENT, Buffer.from(await generateSource(description, { useUnknown: true })));
}

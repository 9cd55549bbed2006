import { writeDescription } from '../openapi/write-public.ts';
import { generateClient } from './generate-client.ts';

await generateClient(writeDescription());

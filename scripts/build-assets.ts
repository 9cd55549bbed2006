import { buildConsole } from '../tools/console/build-console.ts';
import { generateClient } from '../tools/console/generate-client.ts';
import { copyViewer, writeDescription } from '../tools/openapi/write-public.ts';

// `wrangler dev` and `wrangler deploy` run this first, as [build] in wrangler.toml says.
copyViewer();
await generateClient(writeDescription());
await buildConsole();

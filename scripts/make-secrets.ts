import { relative, resolve } from 'node:path';
import { createOnce } from './dev-vars.ts';
import { makeSecrets } from './secrets.ts';

const path = resolve(process.argv[2] ?? 'secrets.json');
const file = relative(process.cwd(), path);

if (createOnce(path, `${JSON.stringify(makeSecrets(), null, 2)}\n`)) {
  console.log(`Made new secrets for production: ${file} (only you can read it).

To use an existing CA instead, put its key into CA_KEY, and its certificate, followed by its chain,
into a further entry CA_CERT: PEM, with \\n for the ends of lines.

  npm run deploy -- --secrets-file ${file}     the first time
  npx wrangler secret bulk ${file}             to change them later

Then move the file to where you keep such things, and away from here: without CA_KEY and SEALING_KEY
this CA cannot be set up again, and Cloudflare does not give them back.`);
} else {
  console.error(
    `${file} is there already and is left as it is. Name another file, or move it away.`,
  );
  process.exitCode = 1;
}

import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readCaFiles } from './ca-files.ts';
import { createOnce } from './dev-vars.ts';
import { resolveCallerPath } from './project.ts';
import { makeSecrets } from './secrets.ts';
import { runCommand, UserError } from './user-error.ts';

/** What Cloudflare lets one secret be. */
const MAX_SECRET_BYTES = 5 * 1024;

async function run(): Promise<number> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { import: text, cert: text, key: text, chain: text },
  });
  const path = resolve(positionals[0] ?? 'secrets.json');
  const file = relative(process.cwd(), path);
  const secrets =
    values.import === undefined ? makeSecrets() : { ...makeSecrets(), ...readImported(values) };
  if (!createOnce(path, `${JSON.stringify(secrets, null, 2)}\n`)) {
    throw new UserError(
      `${file} is there already and is left as it is. Name another file, or move it away.`,
    );
  }
  console.log(`Made new secrets for production: ${file} (only you can read it).

${describeKey(values.import)}

  npm run deploy -- --secrets-file ${file}     the first time
  npx wrangler secret bulk ${file}             to change them later

Then move the file to where you keep such things, and away from here: without CA_KEY and SEALING_KEY
this CA cannot be set up again, and Cloudflare does not give them back.`);
  return 0;
}

interface ImportOptions {
  readonly import?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly chain?: string | undefined;
}

/** Key and certificates of an existing CA. @throws UserError also where they are too large for a secret */
function readImported(options: ImportOptions): Readonly<Record<'CA_KEY' | 'CA_CERT', string>> {
  const locate = (path: string | undefined) =>
    path === undefined ? undefined : resolveCallerPath(path, 'secrets');
  const { keyPem, certificatesPem } = readCaFiles(locate(options.import) ?? '', {
    cert: locate(options.cert),
    key: locate(options.key),
    chain: locate(options.chain),
  });
  const secrets = { CA_KEY: keyPem, CA_CERT: certificatesPem };
  for (const [name, secret] of Object.entries(secrets)) {
    if (secret.length <= MAX_SECRET_BYTES) continue;
    throw new UserError(
      `${name} has ${secret.length} bytes; Cloudflare takes ${MAX_SECRET_BYTES} at most.`,
    );
  }
  return secrets;
}

function describeKey(directory: string | undefined): string {
  return directory === undefined
    ? `To use an existing CA instead, take its directory: npm run secrets -- --import DIR`
    : `CA_KEY and CA_CERT are those of ${directory}; the others are new.`;
}

await runCommand(run);

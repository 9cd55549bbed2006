import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readCaFiles } from './ca-files.ts';
import { createOnce } from './dev-vars.ts';
import { resolveCallerPath } from './project.ts';
import { makeSecrets } from './secrets.ts';
import { runCommand, UserError } from './user-error.ts';

/** Cloudflare's limit for one secret. */
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
      `${file} exists and was not changed. Name another file, or move this one away.`,
    );
  }
  console.log(`Made new secrets for production: ${file} (only you can read it).

${describeKey(values.import)}

  npm run deploy -- --secrets-file ${file}     for the first deployment
  npx wrangler secret bulk ${file}             to change them later

Then move the file to a safe place. Cloudflare does not show secrets again, and without CA_KEY and
SEALING_KEY this CA cannot be restored.`);
  return 0;
}

interface ImportOptions {
  readonly import?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly chain?: string | undefined;
}

/** Reads an existing CA. @throws UserError also if key or certificates are too large for a secret */
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
      `${name} has ${secret.length} bytes; Cloudflare's limit is ${MAX_SECRET_BYTES}.`,
    );
  }
  return secrets;
}

function describeKey(directory: string | undefined): string {
  return directory === undefined
    ? `To use an existing CA instead: npm run secrets -- --import DIR`
    : `CA_KEY and CA_CERT are from ${directory}; the other secrets are new.`;
}

await runCommand(run);

import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readCaFiles } from './ca-files.ts';
import { createOnce, formatDevVars, writeCurlConfig } from './dev-vars.ts';
import { locateState, showPath } from './local-state.ts';
import { makeDirectory } from './make-directory.ts';
import { resolveCallerPath } from './project.ts';
import { makeSecrets } from './secrets.ts';
import { runCommand, UserError } from './user-error.ts';

/** Cloudflare's limit for one secret. */
const MAX_SECRET_BYTES = 5 * 1024;

const USAGE = `Usage:

  npm run secrets -- [FILE] [--import DIR] [--cert FILE] [--key FILE] [--chain FILE]
  npm run secrets -- --dev [--import DIR …]

  FILE      where to write the secrets of a deployment; the default is secrets.json
  --dev     write the secrets of local runs, .dev.vars, instead
  --import  take CA_KEY and CA_CERT from the directory of an existing CA`;

async function run(): Promise<number> {
  const { values, positionals } = parseCommandLine();
  const secrets =
    values.import === undefined ? makeSecrets() : { ...makeSecrets(), ...readImported(values) };
  if (values.dev) return writeDevVars(secrets, values.import);
  const path = resolve(positionals[0] ?? 'secrets.json');
  const file = relative(process.cwd(), path);
  if (!createOnce(path, `${JSON.stringify(secrets, null, 2)}\n`)) {
    throw new UserError(
      `${file} exists and was not changed. Name another file, or move this one away.`,
    );
  }
  console.log(`Made new secrets for production: ${file} (only you can read it).

${describeKey(values.import)}

For the first deployment:

  npm run deploy -- --secrets-file ${file}

Then move the file to a safe place. Cloudflare does not show secrets again, and without CA_KEY and
SEALING_KEY this CA cannot be restored. Never upload this file a second time: to change one secret, see
docs/deploying.md#change-a-secret.`);
  return 0;
}

function parseCommandLine() {
  const text = { type: 'string' } as const;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { import: text, cert: text, key: text, chain: text, dev: { type: 'boolean' } },
    });
    if (positionals.length > (values.dev ? 0 : 1)) {
      throw new Error(`Unexpected argument '${positionals.at(-1)}'.`);
    }
    return { values, positionals };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

/** Writes the files that `npm start` would make, for `npx wrangler dev`. */
function writeDevVars(secrets: Readonly<Record<string, string>>, imported?: string): number {
  const state = locateState(process.env.SIGNET_STATE);
  const file = showPath(state.devVars);
  makeDirectory(state.base);
  if (!createOnce(state.devVars, formatDevVars(secrets, 'npm run secrets'))) {
    throw new UserError(`${file} exists and was not changed. To start a new CA, move it away.`);
  }
  writeCurlConfig(state.curlConfig, secrets);
  console.log(`Made new secrets for local runs: ${file} (only you can read it; keep it).

${describeKey(imported)}

  npx wrangler d1 migrations apply signet --local
  npx wrangler dev

\`npm start\` does both, with the same secrets. ${showPath(state.curlConfig)} has the root access key for curl -K.`);
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

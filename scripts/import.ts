import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import {
  fetchCaCertificate,
  type ImportReport,
  sendHistory,
  type Target,
} from './import-client.ts';
import { importLocally } from './import-local.ts';
import { type OpensslCaDirectory, readOpensslCaDirectory } from './openssl-ca-directory.ts';
import { resolveCallerPath } from './project.ts';
import { escapeControls } from './terminal.ts';
import { runCommand, UserError } from './user-error.ts';

const USAGE = `Takes over the CA in a directory of \`openssl ca\`:

  npm run import -- DIR [--cert FILE] [--key FILE] [--chain FILE] [--crl FILE | --no-crl]
                        [--url https://… [--secrets-file FILE]]

  DIR             with cacert.pem, private/cakey.pem, index.txt, newcerts, crlnumber and crl.pem
  --cert, --key   the CA's certificate and key, if they are elsewhere
  --chain         the certificates of its issuers, if it is not a root
  --crl           its last CRL, if it is elsewhere; --no-crl imports none
  --url           a deployed Signet, instead of the one that npm start runs
  --secrets-file  a file with its ROOT_ACCESS_KEY_ID and ROOT_ACCESS_KEY_SECRET (JSON or NAME=value);
                  the default is the environment`;

async function run(): Promise<number> {
  const { values, positionals } = parseCommandLine();
  const [given] = positionals;
  if (values.help || given === undefined || positionals.length > 1) {
    console.log(USAGE);
    return values.help ? 0 : 1;
  }
  const path = resolveCallerPath(given, 'import');
  const directory = readOpensslCaDirectory(path, {
    cert: fromCallerOptional(values.cert),
    key: fromCallerOptional(values.key),
    chain: fromCallerOptional(values.chain),
    crl: fromCallerOptional(values.crl),
    noCrl: values['no-crl'],
  });
  const report =
    values.url === undefined
      ? await importLocally(directory)
      : await importRemotely(directory, values.url, fromCallerOptional(values['secrets-file']));
  console.log(escapeControls(describe(directory, report, values.url === undefined)));
  return 0;
}

function parseCommandLine() {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        ...{ cert: text, key: text, chain: text, crl: text, 'no-crl': flag },
        ...{ url: text, 'secrets-file': text, help: flag },
      },
    });
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

function fromCallerOptional(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolveCallerPath(path, 'import');
}

async function importRemotely(
  directory: OpensslCaDirectory,
  url: string,
  secretsPath: string | undefined,
): Promise<ImportReport> {
  const target = readTarget(url, secretsPath);
  const published = await fetchCaCertificate(target.url);
  if (published === null || Buffer.compare(published, directory.ca.certificateDer) !== 0) {
    throw new UserError(
      `${target.url} ${published === null ? 'has no working CA' : 'is another CA'}. Set its CA_KEY and CA_CERT to this CA's before its first start: see docs/importing-an-existing-ca.md.`,
    );
  }
  return sendHistory(target, directory);
}

function readTarget(url: string, secretsPath: string | undefined): Target {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isLocal = parsed !== null && /^(127\.0\.0\.1|localhost|\[::1\])$/.test(parsed.hostname);
  if (parsed === null || (parsed.protocol !== 'https:' && !isLocal)) {
    throw new UserError(`--url must be an address like https://ca.example.com, not "${url}".`);
  }
  const secrets = secretsPath === undefined ? process.env : readSecrets(secretsPath);
  const { ROOT_ACCESS_KEY_ID: accessKeyId, ROOT_ACCESS_KEY_SECRET: accessKeySecret } = secrets;
  if (!accessKeyId || !accessKeySecret) {
    throw new UserError(
      `ROOT_ACCESS_KEY_ID and ROOT_ACCESS_KEY_SECRET are missing in ${secretsPath ?? 'the environment'}.`,
    );
  }
  return { url: parsed.origin, accessKeyId, accessKeySecret };
}

function readSecrets(path: string): Readonly<Record<string, string | undefined>> {
  if (!existsSync(path)) throw new UserError(`There is no ${path}.`);
  const text = readFileSync(path, 'utf8');
  if (!text.trimStart().startsWith('{')) return parseEnv(text);
  try {
    const value: unknown = JSON.parse(text);
    return Object.fromEntries(
      Object.entries(Object(value)).map(([name, secret]) => [name, String(secret)]),
    );
  } catch {
    throw new UserError(`${path} is not JSON.`);
  }
}

function describe(directory: OpensslCaDirectory, report: ImportReport, isLocal: boolean): string {
  const revoked = directory.entries.filter(({ revocation }) => revocation !== undefined).length;
  const lines = [
    `Authority     ${directory.ca.subject}`,
    `Certificates  ${report.entries} in the index, ${report.newCertificates} of them new here`,
    `Revocations   ${revoked} in the index, ${report.newRevocations} new here`,
    `CRL number    ${report.crlNumber ?? 'none: Signet cannot make the CRL, see the log'}`,
  ];
  if (report.withoutCertificate > 0) {
    lines.push(
      '',
      `${report.withoutCertificate} certificates are not in newcerts. They can be revoked by serial number, but do not reserve their subjects.`,
    );
  }
  lines.push(
    '',
    'Do not issue with `openssl ca` from now on.',
    ...(isLocal ? [`Next: ${describeStart(process.env.SIGNET_STATE)}`] : []),
  );
  return lines.join('\n');
}

function describeStart(stateDirectory: string | undefined): string {
  return stateDirectory ? `SIGNET_STATE='${stateDirectory}' npm start` : 'npm start';
}

await runCommand(run);

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { availableParallelism, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { readConfig } from '../../src/config.ts';
import { importSigner } from '../../src/keys/signer.ts';
import { createReadClient } from '../../src/machine/clients.ts';
import { encodeSubjectAltName } from '../../src/x509/names/general-names.ts';
import { checkSubjectName, encodeNameFromText } from '../../src/x509/names/names.ts';
import { UserError } from '../user-error.ts';
import { locateFiles } from './state-files.ts';

/** The secrets and variables of the Worker (docs/configuration.md), besides the numbered ones. */
export const WORKER_NAMES: ReadonlySet<string> = new Set([
  ...['CA_KEY', 'CA_CERT', 'SEALING_KEY', 'OPENSSL_CA_SECRET'],
  ...['ROOT_ACCESS_KEY_ID', 'ROOT_ACCESS_KEY_SECRET'],
  ...[
    'PUBLICATION_URL',
    'PUBLIC_URL',
    'CA_SUBJECT',
    'CA_VALIDITY_DAYS',
    'EXPIRING_DAYS',
    'WEBHOOK_ATTEMPTS',
  ],
  ...['EDGE_TTL_SECONDS', 'CRL_LIFETIME_HOURS', 'OCSP_LIFETIME_SECONDS', 'RETENTION_DAYS'],
  ...['AUTHORITY_QUOTA', 'INVENTORY_QUOTA', 'BCE_FIELD_CASE', 'PROFILES', 'OPENSSL_CA_POLICY'],
  ...['ALLOW_HTTP_API', 'DOH_URL', 'ACME_HTTP_PORT', 'ACME_TLS_PORT', 'ALLOW_PRIVATE_ADDRESSES'],
  ...['ACME_CAA_IDENTITIES', 'ACME_NO_CAA_SUFFIXES', 'ACME_TERMS_OF_SERVICE', 'ACME_WEBSITE'],
  'TRUSTED_PROXIES',
]);

const NUMBERED_NAME = /^(?:CA_KEY_[A-Z0-9_]{1,40}|SEALING_KEY_V\d{1,4})$/;

/** The settings of the server itself. */
const SERVER_NAMES = [
  ...['HOST_NAMES', 'HTTPS_ADDRESS', 'HTTP_ADDRESS', 'TLS_CERT_FILE', 'TLS_KEY_FILE'],
  ...['PROCESSES', 'LOG_FILE'],
] as const;

type ServerName = (typeof SERVER_NAMES)[number];

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface Settings {
  readonly stateDirectory: string;
  /** Secrets and variables for the Worker. */
  readonly worker: Readonly<Record<string, string>>;
  /** Names and IP addresses that the server's own certificate is for; the first is the main one. */
  readonly hostNames: readonly string[];
  readonly https: ListenAddress;
  readonly http: ListenAddress;
  /** Paths of PEM files, or null if Signet issues its own certificate. */
  readonly tlsFiles: { readonly certificate: string; readonly key: string } | null;
  /** Processes in front of the one that owns the record; 0 if that one answers itself. */
  readonly frontProcesses: number;
  /** Null for the standard output. */
  readonly logFile: string | null;
}

/**
 * Reads the settings. The environment takes precedence over systemd's credentials, secrets.env and
 * signet.env, in this order.
 * @throws UserError
 */
export function readSettings(stateDirectory: string, environment: NodeJS.ProcessEnv): Settings {
  const files = locateFiles(stateDirectory);
  const given: Record<string, string> = {
    ...readEnvFile(files.settings, false),
    ...readEnvFile(files.secrets, true),
    ...readCredentials(environment.CREDENTIALS_DIRECTORY),
    ...pickKnown(environment),
  };
  const read = (name: ServerName) => given[name] || undefined;
  const hostNames = (read('HOST_NAMES') ?? `${hostname()},localhost,127.0.0.1,::1`)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const [host] = hostNames;
  if (host === undefined) throw new UserError('HOST_NAMES must have one name at least.');
  const https = readAddress('HTTPS_ADDRESS', read('HTTPS_ADDRESS') ?? '*:8443');
  const http = readAddress('HTTP_ADDRESS', read('HTTP_ADDRESS') ?? '*:8080');
  if (https.host === http.host && https.port === http.port) {
    throw new UserError('HTTPS_ADDRESS and HTTP_ADDRESS are the same. Set another port for one.');
  }
  const urlHost = host.includes(':') ? `[${host}]` : host;
  const worker = Object.fromEntries(Object.entries(given).filter(([name]) => isWorkerName(name)));
  checkWorkerSettings(worker);
  checkHostNames(hostNames);
  return {
    stateDirectory,
    worker: {
      PUBLIC_URL: formatOrigin('https', urlHost, https.port, 443),
      PUBLICATION_URL: formatOrigin('http', urlHost, http.port, 80),
      ...worker,
    },
    hostNames,
    https,
    http,
    tlsFiles: readTlsFiles(read('TLS_CERT_FILE'), read('TLS_KEY_FILE')),
    frontProcesses: readFrontProcesses(read('PROCESSES')),
    logFile: read('LOG_FILE') ?? null,
  };
}

/** @throws UserError that lists every setting of the Worker that is wrong */
function checkWorkerSettings(worker: Readonly<Record<string, string>>): void {
  const problems = readConfig(worker).problems.map(({ name, message }) => `${name} ${message}.`);
  try {
    createReadClient(worker.TRUSTED_PROXIES ?? '');
  } catch (error) {
    problems.push(`TRUSTED_PROXIES ${error instanceof Error ? error.message : error}.`);
  }
  if (worker.CA_SUBJECT) {
    try {
      checkSubjectName(encodeNameFromText(worker.CA_SUBJECT));
    } catch (error) {
      problems.push(`CA_SUBJECT: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/** @throws UserError that names a CA key that cannot sign */
export async function checkKeys({ worker }: Pick<Settings, 'worker'>): Promise<void> {
  for (const [name, pem] of Object.entries(worker)) {
    if (pem === '' || !/^CA_KEY(?:_|$)/.test(name)) continue;
    try {
      await importSigner(pem);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError(`${name} is not the private key of a CA. ${reason}`);
    }
  }
}

/** @throws UserError if one is neither a DNS name nor an IP address */
function checkHostNames(names: readonly string[]): void {
  for (const value of names) {
    try {
      encodeSubjectAltName([{ kind: isIP(value) === 0 ? 'dns' : 'ip', value }]);
    } catch {
      throw new UserError(
        `HOST_NAMES has "${value}". It must list DNS names and IP addresses, separated by commas.`,
      );
    }
  }
}

function isWorkerName(name: string): boolean {
  return WORKER_NAMES.has(name) || NUMBERED_NAME.test(name);
}

function isKnown(name: string): boolean {
  return isWorkerName(name) || SERVER_NAMES.some((each) => each === name);
}

function pickKnown(values: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      isKnown(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

/** @throws UserError for a name that is not a setting, and for secrets that others can read */
function readEnvFile(path: string, isSecret: boolean): Record<string, string> {
  if (!existsSync(path)) return {};
  if (!statSync(path).isFile()) throw new UserError(`Cannot use ${path}: it is not a file.`);
  if (isSecret && (statSync(path).mode & 0o077) !== 0) {
    throw new UserError(`Other users can read ${path}. Change it: chmod 600 ${path}`);
  }
  const values = parseEnv(readFileSync(path, 'utf8'));
  const unknown = Object.keys(values).find((name) => !isKnown(name));
  if (unknown !== undefined) {
    throw new UserError(`${path} sets ${unknown}, which is not a setting. Remove or correct it.`);
  }
  return pickKnown(values);
}

/** Files of systemd's LoadCredential=, one for each secret, by its name. */
function readCredentials(directory: string | undefined): Record<string, string> {
  if (directory === undefined) return {};
  return Object.fromEntries(
    readdirSync(directory)
      .filter(isKnown)
      .map((name) => [name, readFileSync(join(directory, name), 'utf8').trimEnd()]),
  );
}

/** Reads `host:port`, `[IPv6]:port` or `*:port`. */
function readAddress(name: string, text: string): ListenAddress {
  const [, bracketed, plain, port] =
    /^(?:\[([\da-fA-F:.]+)\]|(\*|[\w.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) >= 1 && Number(port) <= 65535) {
    return { host: host === '*' ? '::' : host, port: Number(port) };
  }
  throw new UserError(
    `${name} is "${text}". It must be an address and a port, as in 127.0.0.1:8443, [::1]:8443 or *:8443.`,
  );
}

function formatOrigin(scheme: string, host: string, port: number, usualPort: number): string {
  return `${scheme}://${host}${port === usualPort ? '' : `:${port}`}`;
}

function readTlsFiles(certificate: string | undefined, key: string | undefined) {
  if (certificate === undefined && key === undefined) return null;
  if (certificate !== undefined && key !== undefined) {
    return { certificate: resolve(certificate), key: resolve(key) };
  }
  throw new UserError('Set both TLS_CERT_FILE and TLS_KEY_FILE, or neither.');
}

/** With more, the process of the record would be the one that all wait for. */
const MAX_DEFAULT_PROCESSES = 5;

/**
 * How many processes run if the setting does not say it. On a small machine one: more of them answer a
 * single client later and take more memory (docs/performance.md).
 * @param cpus that this process may use
 */
export function chooseProcesses(cpus: number): number {
  return cpus < 4 ? 1 : Math.min(cpus - 1, MAX_DEFAULT_PROCESSES);
}

function readFrontProcesses(text = String(chooseProcesses(availableParallelism()))): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 64) {
    throw new UserError(`PROCESSES is "${text}". It must be a number from 1 to 64.`);
  }
  // One process answers and owns the record. More of them share the work in front of it.
  return count === 1 ? 0 : count - 1;
}

import { relative } from 'node:path';

/** What one workerd process is for. */
export interface ProcessPlan {
  /** Names its control socket: `record`, `front-1`, … */
  readonly name: string;
  /** Owns the record. Otherwise it asks the process that does. */
  readonly ownsRecord: boolean;
  /** The share of the public sockets at which it answers clients; null for none. */
  readonly share: number | null;
  /** Names of the other processes that keep answers in memory. */
  readonly siblings: readonly string[];
}

export interface ConfigInput {
  readonly plan: ProcessPlan;
  /** Directory of the configuration file, from which embedded files are found. */
  readonly directory: string;
  /** Directory of the build. */
  readonly dist: string;
  readonly recordDirectory: string;
  readonly compatibilityDate: string;
  /** Names of the variables that workerd reads from its environment. */
  readonly variables: readonly string[];
  /** Paths of PEM files; null as long as there is no certificate: then there is no HTTPS. */
  readonly tls: { readonly certificate: string; readonly key: string } | null;
  /** Whether challenges and webhooks may reach private addresses. */
  readonly reachesPrivateNetworks: boolean;
  /** Whether the operator has chosen the resolver, which may have a private address. */
  readonly hasOwnResolver: boolean;
}

/** The Unix socket by which a process is controlled. */
export const controlSocket = (directory: string, name: string) => `${directory}/${name}.sock`;

/** The Unix socket by which other processes reach the record. */
export const recordSocket = (directory: string) => `${directory}/record-rpc.sock`;

/** A host name by which workerd recognizes its own protocol. */
const RPC_HOST = 'record';

/**
 * As on Cloudflare. Without a limit V8 collects so late that memory grows for hours. An isolate that needs
 * more ends its process, which is started anew.
 */
const MAX_HEAP_MEGABYTES = 128;

/**
 * What was made since the last collection of young objects. In V8's 3 MB, the objects of 64 concurrent
 * requests outlive it: they are copied, and let the heap grow until all of it is collected, which also
 * throws away compiled code. That takes a tenth of the CPU time. With more than this, nothing is faster,
 * and more native memory waits for a collection: 80 MB with 16 MB.
 */
const YOUNG_MEGABYTES = 6;

/** Writes the configuration of a workerd process (workerd.capnp). It holds no secret. */
export function formatConfig(input: ConfigInput): string {
  const { plan, directory, dist, recordDirectory, tls } = input;
  const embed = (path: string) => `embed ${quote(relative(directory, path))}`;
  const services = [
    '(name = "signet", worker = .signet)',
    formatNetwork('internet', input.reachesPrivateNetworks),
    ...(input.hasOwnResolver ? [formatNetwork('resolver', true)] : []),
    `(name = "assets", disk = (path = ${quote(`${dist}/public`)}))`,
    ...(plan.ownsRecord
      ? [`(name = "record-disk", disk = (path = ${quote(recordDirectory)}, writable = true))`]
      : [
          `(name = "record-process", external = (address = ${quote(`unix:${recordSocket(directory)}`)}, http = (capnpConnectHost = "${RPC_HOST}")))`,
        ]),
    ...plan.siblings.map(
      (name) =>
        `(name = "sibling-${name}", external = (address = ${quote(`unix:${controlSocket(directory, name)}`)}, http = ()))`,
    ),
  ];
  const sockets = [
    `(name = "control", address = ${quote(`unix:${controlSocket(directory, plan.name)}`)}, http = (), service = (name = "signet", entrypoint = "Control"))`,
    ...(plan.ownsRecord && plan.siblings.length > 0
      ? [
          `(name = "record", address = ${quote(`unix:${recordSocket(directory)}`)}, http = (capnpConnectHost = "${RPC_HOST}"), service = (name = "signet", entrypoint = "RecordProcess"))`,
        ]
      : []),
    ...(plan.share !== null ? ['(name = "http", http = (), service = "signet")'] : []),
    ...(plan.share !== null && tls !== null
      ? [
          `(name = "https", https = (options = (), tlsOptions = (keypair = (privateKey = ${embed(tls.key)}, certificateChain = ${embed(tls.certificate)}))), service = "signet")`,
        ]
      : []),
  ];
  const bindings = [
    `(name = "MIGRATIONS", json = ${embed(`${dist}/migrations.json`)})`,
    `(name = "ASSET_MANIFEST", json = ${embed(`${dist}/assets.json`)})`,
    '(name = "ASSETS", service = "assets")',
    ...(input.hasOwnResolver ? ['(name = "RESOLVER", service = "resolver")'] : []),
    plan.ownsRecord
      ? '(name = "RECORD", durableObjectNamespace = "MachineRecord")'
      : '(name = "RECORD_PROCESS", service = "record-process")',
    ...plan.siblings.map((name, i) => `(name = "SIBLING_${i}", service = "sibling-${name}")`),
    ...input.variables.map((name) => `(name = "${name}", fromEnvironment = "${name}")`),
  ];
  const storage = plan.ownsRecord
    ? `
  durableObjectNamespaces = [(className = "MachineRecord", uniqueKey = "record", enableSql = true)],
  durableObjectStorage = (localDisk = "record-disk"),`
    : '';
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  v8Flags = [
    "--max-heap-size=${MAX_HEAP_MEGABYTES}",
    "--min-semi-space-size=${YOUNG_MEGABYTES}",
    "--max-semi-space-size=${YOUNG_MEGABYTES}",
  ],
  services = [
    ${services.join(',\n    ')},
  ],
  sockets = [
    ${sockets.join(',\n    ')},
  ],
);

const signet :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = ${embed(`${dist}/worker.js`)})],
  compatibilityDate = "${input.compatibilityDate}",
  globalOutbound = "internet",${storage}
  bindings = [
    ${bindings.join(',\n    ')},
  ],
);
`;
}

/** workerd checks each address that it connects to, after it has resolved the name. */
function formatNetwork(name: string, reachesPrivate: boolean): string {
  const allowed = reachesPrivate ? '"public", "private"' : '"public"';
  return `(name = "${name}", network = (allow = [${allowed}], tlsOptions = (trustBrowserCas = true)))`;
}

/** A text in the syntax of Cap'n Proto. */
function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

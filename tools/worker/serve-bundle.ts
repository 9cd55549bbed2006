import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { findFreePort } from '../../scripts/free-port.ts';
import type { WorkerBundle } from './build-worker.ts';
import { makeServerSecrets } from './server-secrets.ts';

const HOST = '127.0.0.1';
const MAX_TRIES = 3;

export interface ServerOptions {
  /** Override the variables of wrangler.toml. The default of both URLs is the server's address. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Override a full set of new secrets; null leaves a secret out. */
  readonly secrets?: Readonly<Record<string, string | null>>;
  /** Keeps the database, for a test that starts a second server with it. */
  readonly stateDirectory?: string;
  /** Takes each log line instead of `logs`, for servers that run long. */
  readonly takeLog?: (line: string) => void;
}

export interface RunningServer {
  /** Origin without a trailing slash. */
  readonly url: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** The Worker's log lines so far. */
  readonly logs: readonly string[];
  /** Runs the scheduled handler, as cron does. */
  runScheduled(): Promise<void>;
  /** Returns all rows of a query on the server's database. */
  query(sql: string, ...parameters: unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** Serves a bundle on a free port of 127.0.0.1, with the migrations applied. */
export async function serveBundle(
  bundle: WorkerBundle,
  options: ServerOptions = {},
): Promise<RunningServer> {
  for (let tries = 1; ; tries++) {
    const port = await findFreePort();
    try {
      return await serveOnPort(port, bundle, options);
    } catch (error) {
      // Another program took the port in the meantime.
      if (tries === MAX_TRIES || !String(error).includes('ERR_ADDRESS_IN_USE')) throw error;
    }
  }
}

async function serveOnPort(
  port: number,
  bundle: WorkerBundle,
  options: ServerOptions,
): Promise<RunningServer> {
  const url = `http://${HOST}:${port}`;
  const secrets = makeServerSecrets(options.secrets);
  const logs: string[] = [];
  const takeLog = options.takeLog ?? ((line: string) => logs.push(line));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      scriptPath: bundle.scriptPath,
      modules: true,
      modulesRoot: bundle.directory,
      compatibilityDate: bundle.compatibilityDate,
      compatibilityFlags: [...bundle.compatibilityFlags],
      d1Databases: [bundle.database],
      bindings: {
        ...bundle.vars,
        PUBLICATION_URL: url,
        PUBLIC_URL: url,
        ...options.vars,
        ...secrets,
      },
      host: HOST,
      port,
      cf: false,
      unsafeTriggerHandlers: true,
      handleStructuredLogs: ({ message }) => takeLog(message),
      ...(options.stateDirectory && { resourcePersistencePath: options.stateDirectory }),
    }),
  );
  await miniflare.ready;
  const database = await miniflare.getD1Database(bundle.database);
  await applyMigrations(database, bundle.migrations);
  return {
    url,
    secrets,
    logs,
    async runScheduled() {
      const worker = await miniflare.getWorker();
      await worker.scheduled({});
    },
    async query(sql, ...parameters) {
      const { results } = await database
        .prepare(sql)
        .bind(...parameters)
        .all();
      return results;
    },
    stop: () => miniflare.dispose(),
  };
}

type Database = Awaited<ReturnType<Miniflare['getD1Database']>>;

async function applyMigrations(database: Database, statements: readonly string[]): Promise<void> {
  const { results } = await database
    .prepare("SELECT 1 FROM sqlite_schema WHERE name = 'authorities'")
    .all();
  if (results.length > 0) return;
  await database.batch(statements.map((statement) => database.prepare(statement)));
}

import { accessSync, constants } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertPortIsFree, HOST, readPort } from './check-port.ts';
import { type DevVars, ensureDevVars, writeCurlConfig } from './dev-vars.ts';
import { ensureIssuingKey, type Send } from './issuing-key.ts';
import { locateState, showPath } from './local-state.ts';
import { makeDirectory } from './make-directory.ts';
import { endProcessTree } from './process-tree.ts';
import { DATABASE_BINDING } from './project.ts';
import { type ShownOutput, showOutput } from './show-output.ts';
import {
  describeAddresses,
  describeDevVars,
  describeFailure,
  describeFirstSteps,
} from './start-messages.ts';
import { escapeControls } from './terminal.ts';
import { runCommand, UserError } from './user-error.ts';
import { runWranglerQuietly, startWrangler, type WranglerProcess } from './wrangler.ts';

/** A busy machine may need minutes. */
const READY_TIMEOUT_MS = 300_000;
const PROGRESS_INTERVAL_MS = 10_000;
const POLL_INTERVAL_MS = 100;
const PARENT_INTERVAL_MS = 500;

/** Returns wrangler options for the variables that depend on the port, unless .dev.vars sets them. */
function listVariables(origin: string, values: DevVars['values']): string[] {
  return ['PUBLICATION_URL', 'PUBLIC_URL']
    .filter((name) => values[name] === undefined)
    .flatMap((name) => ['--var', `${name}:${origin}`]);
}

/** Waits for an HTTP answer. Returns null if wrangler ends first. */
async function waitUntilReady(origin: string, wrangler: WranglerProcess): Promise<Response | null> {
  const startedMs = Date.now();
  const progress = setInterval(() => {
    console.log(`Still starting, for ${Math.round((Date.now() - startedMs) / 1000)} s …`);
  }, PROGRESS_INTERVAL_MS);
  try {
    while (wrangler.exitCode === null && wrangler.signalCode === null) {
      const leftMs = startedMs + READY_TIMEOUT_MS - Date.now();
      if (leftMs <= 0) break;
      try {
        return await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(leftMs) });
      } catch {
        await sleep(POLL_INTERVAL_MS);
      }
    }
  } finally {
    clearInterval(progress);
  }
  if (wrangler.exitCode !== null || wrangler.signalCode !== null) return null;
  throw new UserError(
    `wrangler dev did not answer at ${origin}/healthz within ${READY_TIMEOUT_MS / 60_000} minutes.`,
  );
}

async function start(): Promise<number> {
  const ending = endOnRequest();
  const [argument] = process.argv.slice(2);
  if (argument !== undefined) {
    throw new UserError(
      `npm start takes no arguments, so not "${argument}". It reads PORT and SIGNET_STATE from the environment: PORT=9000 npm start`,
    );
  }
  const port = readPort(process.env.PORT);
  const origin = `http://${HOST}:${port}`;
  const state = locateState(process.env.SIGNET_STATE);
  await assertPortIsFree(port);

  makeDirectory(state.base);
  accessSync(state.base, constants.W_OK);
  const devVars = ensureDevVars(state.devVars);
  process.stdout.write(describeDevVars(devVars, showPath(state.devVars)));
  const hasCurlConfig = writeCurlConfig(state.curlConfig, devVars.values);
  console.log('Preparing the database …');
  runWranglerQuietly([
    ...['d1', 'migrations', 'apply', DATABASE_BINDING],
    ...['--local', '--persist-to', state.storage],
  ]);

  console.log('Starting the Worker …');
  const wrangler = startWrangler([
    ...['dev', '--ip', HOST, '--port', String(port), '--inspector-port', '0'],
    ...['--persist-to', state.storage, '--env-file', state.devVars],
    ...['--show-interactive-dev-session', 'false'],
    ...listVariables(origin, devVars.values),
  ]);
  ending.watch(wrangler);
  const ended = new Promise<number>((done) => {
    wrangler.once('close', (code) => done(code ?? 1));
  });
  const shown = showOutput(
    [
      { from: wrangler.stdout, to: process.stdout },
      { from: wrangler.stderr, to: process.stderr },
    ],
    state.log,
  );

  try {
    const health = await waitUntilReady(origin, wrangler);
    if (health !== null && !ending.wasAsked()) {
      const isHealthy = await reportHealth(health, shown, state);
      const send: Send = async (path, init) => {
        const logged = shown.hideNext(path);
        const response = await fetch(`${origin}${path}`, init);
        await logged;
        return response;
      };
      const hasIssuingKey =
        isHealthy && (await ensureIssuingKey(send, state.issuingCurlConfig, devVars.values));
      process.stdout.write(describeAddresses(origin));
      if (isHealthy && hasCurlConfig) {
        const file = hasIssuingKey ? state.issuingCurlConfig : state.curlConfig;
        process.stdout.write(describeFirstSteps(origin, showPath(file)));
      }
    }
  } catch (error) {
    await endProcessTree(wrangler);
    throw error;
  }
  const code = await ended;
  if (ending.wasAsked()) return 0;
  console.error(`wrangler dev ended unexpectedly (exit code ${code}).`);
  return code === 0 ? 1 : code;
}

/** Prints what is wrong, or what the user should know. Returns whether Signet can do its work. */
async function reportHealth(
  health: Response,
  shown: ShownOutput,
  { devVars, storage }: ReturnType<typeof locateState>,
): Promise<boolean> {
  const record = await shown.waitForHealth();
  if (!health.ok) {
    const [problem = null] = typeof record?.error === 'string' ? record.error.split('\n') : [];
    const text = describeFailure(health.status, problem, showPath(devVars), showPath(storage));
    console.error(escapeControls(text));
  } else if (record?.level === 'warn') {
    const warning = String(record.message).replace(/^healthy: /, '');
    console.log(`\nNote: ${escapeControls(warning)}`);
  }
  return health.ok;
}

/**
 * Ends wrangler on the first signal, and when the output is closed, as by `npm start | head`.
 * Otherwise an unseen server would keep the port.
 */
function endOnRequest() {
  let asked = false;
  let child: WranglerProcess | null = null;
  const end = () => {
    if (asked) return;
    asked = true;
    if (child === null) process.exit(1);
    void endProcessTree(child);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', end);
  if (process.env.npm_lifecycle_event !== undefined) callWhenOrphaned(end);
  return {
    wasAsked: () => asked,
    watch(wrangler: WranglerProcess) {
      child = wrangler;
      if (asked) void endProcessTree(wrangler);
    },
  };
}

/** npm signals only its shell, which ends without passing the signal on to this process. */
function callWhenOrphaned(end: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, PARENT_INTERVAL_MS);
  timer.unref();
}

await runCommand(start);

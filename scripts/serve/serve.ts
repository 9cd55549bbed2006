import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../user-error.ts';
import { watchClock } from './clock-watch.ts';
import { askProcess } from './control.ts';
import { createProcess } from './create-process.ts';
import { waitForFormerProcesses } from './former-processes.ts';
import { startGuard } from './guard.ts';
import { takeLock } from './lock.ts';
import { LAST_LINES_MS, type Log, openLog } from './log.ts';
import { notifySystemd } from './notify-systemd.ts';
import { checkRecordFile, markRecord, refuseLostRecord } from './record-file.ts';
import { checkKeys, readSettings, type Settings } from './settings.ts';
import { type HeldSocket, holdSockets } from './sockets.ts';
import { prepareState } from './state.ts';
import { locateFiles } from './state-files.ts';
import {
  checkTlsFiles,
  findReasonToRenew,
  issueOwnTls,
  isUsable,
  locateOwnTls,
  type TlsFiles,
} from './tls.ts';
import { controlSocket, type ProcessPlan } from './workerd-config.ts';
import type { WorkerdProcess } from './workerd-process.ts';

const JOBS_INTERVAL_MS = 60_000;
const CHECK_INTERVAL_MS = 5000;
const RENEW_INTERVAL_MS = 3_600_000;
const RELOAD_INTERVAL_MS = 2000;

/**
 * Runs the server of a state directory until a signal asks it to end. Makes directory and secrets the
 * first time.
 * @param dist directory of the build
 * @param environment of settings, which takes precedence over those of the directory
 * @throws UserError
 */
export async function serve(
  stateDirectory: string,
  dist: string,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const startedMs = performance.now();
  const asked = waitForSignal();
  prepareState(stateDirectory);
  const files = locateFiles(stateDirectory);
  const lock = takeLock(files.lock);
  const settings = readSettings(stateDirectory, environment);
  await checkKeys(settings);
  const log = openLog(settings.logFile);
  if (settings.tlsFiles !== null) checkTlsFiles(settings.tlsFiles);
  await waitForFormerProcesses(files.run);
  refuseLostRecord(stateDirectory);
  checkRecordFile(files.record);
  const shares = Math.max(1, settings.frontProcesses);
  const held = await holdSockets({ https: settings.https, http: settings.http }, shares);
  writeFileSync(join(files.run, 'signet.pid'), `${process.pid}\n`);

  const server = createServer(settings, dist, held, log);
  try {
    await server.start().catch(async (error: unknown) => {
      // Ending a process loses the lines that name the cause.
      await sleep(LAST_LINES_MS);
      throw error;
    });
    markRecord(stateDirectory);
    const health = await askProcess(server.recordSocket, '/healthz', { timeoutMs: 30_000 });
    if (health.status !== 200)
      log.write('error', 'Signet is not healthy.', { health: health.body });
    log.write('info', 'ready', {
      publicUrl: settings.worker.PUBLIC_URL,
      publicationUrl: settings.worker.PUBLICATION_URL,
      processes: 1 + settings.frontProcesses,
      startedInMs: Math.round(performance.now() - startedMs),
    });
    notifySystemd('--ready');
    const signal = await asked;
    log.write('info', `ending (${signal})`);
    notifySystemd('--stopping');
    return 0;
  } finally {
    await server.stop();
    rmSync(join(files.run, 'signet.pid'), { force: true });
    lock.release();
  }
}

interface RunningServer {
  /** Control socket of the process that owns the record. */
  readonly recordSocket: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

function createServer(
  settings: Settings,
  dist: string,
  held: readonly HeldSocket[],
  log: Log,
): RunningServer {
  const files = locateFiles(settings.stateDirectory);
  const noteProcesses = startGuard();
  const plans = planProcesses(settings.frontProcesses);
  const own = locateOwnTls(files.tls);
  let tls: TlsFiles | null = settings.tlsFiles;
  const timers: NodeJS.Timeout[] = [];

  const processes: WorkerdProcess[] = plans.map((plan) =>
    createProcess({
      plan,
      settings,
      dist,
      log,
      listSockets: () =>
        held.filter(({ name, share }) => share === plan.share && (name === 'http' || tls !== null)),
      readTls: () => tls,
      noteChange: () => noteProcesses(processes.flatMap(({ pid }) => (pid === null ? [] : [pid]))),
    }),
  );
  const [record, ...fronts] = processes;
  if (record === undefined) throw new TypeError('no process');
  const recordSocket = controlSocket(files.run, record.name);

  /** Gives new processes the certificate of now. Connections wait meanwhile; none is refused. */
  async function reload(): Promise<void> {
    if (fronts.length === 0) return record?.replace('old-first');
    for (const front of fronts) await front.replace('new-first');
  }

  async function renew(): Promise<boolean> {
    if (settings.tlsFiles !== null) return false;
    const reason = findReasonToRenew(own, settings.hostNames, Date.now());
    tls = own;
    if (reason === null) return false;
    await issueOwnTls(own, settings.hostNames, recordSocket, settings.worker);
    log.write('info', `A new TLS certificate was issued, because ${reason}.`);
    return true;
  }

  /** @returns the function that runs it now, unless it runs already */
  function repeat(intervalMs: number, name: string, run: () => Promise<unknown>): () => void {
    let isRunning = false;
    const runNow = () => {
      if (isRunning) return;
      isRunning = true;
      run()
        .catch((error: unknown) => log.write('error', `${name}: ${describeError(error)}`))
        .finally(() => {
          isRunning = false;
        });
    };
    timers.push(setInterval(runNow, intervalMs));
    return runNow;
  }

  return {
    recordSocket,
    async start() {
      const keepsOwn = isUsable(own, settings.hostNames);
      if (tls === null && keepsOwn) tls = own;
      await record.start();
      const isRenewed = await renew().catch((error: unknown) => {
        if (!keepsOwn) throw error;
        // An authority that cannot sign, or a wrong clock, must not end the service of CRLs and OCSP.
        log.write('error', `The TLS certificate was not renewed: ${describeError(error)}`);
        return false;
      });
      if (isRenewed && fronts.length === 0) await record.replace('old-first');
      await Promise.all(fronts.map((front) => front.start()));
      repeat(JOBS_INTERVAL_MS, 'The jobs did not run', () =>
        askProcess(recordSocket, '/control/jobs', { method: 'POST', timeoutMs: 600_000 }),
      );
      repeat(CHECK_INTERVAL_MS, 'A process could not be checked', () =>
        Promise.all(processes.map((each) => each.restartIfStuck())),
      );
      /** Until every process has the new certificate. */
      let isReloadDue = false;
      const renewNow = repeat(
        RENEW_INTERVAL_MS,
        'The TLS certificate was not renewed',
        async () => {
          if (await renew()) isReloadDue = true;
          if (!isReloadDue) return;
          await reload();
          isReloadDue = false;
        },
      );
      const findJump = watchClock(
        () => Date.now(),
        () => performance.now(),
      );
      repeat(CHECK_INTERVAL_MS, 'The clock could not be checked', async () => {
        const jump = findJump();
        if (jump === null) return;
        const how = jump.bySeconds > 0 ? 'forward, or the machine has slept' : 'back';
        log.write('warn', `The clock was set ${how}.`, { ...jump });
        // The jobs have time: by a clock that is ahead, they delete what has not expired.
        renewNow();
      });
      if (settings.tlsFiles !== null) watchFiles(settings.tlsFiles);
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      // The processes in front first: they finish their requests, which need the record.
      await Promise.all(fronts.map((front) => front.stop()));
      await record.stop();
      noteProcesses([]);
    },
  };

  /** Reloads a certificate that was given by file when it has changed. */
  function watchFiles(given: TlsFiles): void {
    const readMark = () =>
      [given.certificate, given.key].map((path) => statSync(path).mtimeMs).join();
    let mark = readMark();
    let isReloadDue = false;
    repeat(RELOAD_INTERVAL_MS, 'The new TLS certificate is not used', async () => {
      const current = readMark();
      if (current !== mark) {
        mark = current;
        checkTlsFiles(given);
        isReloadDue = true;
      }
      if (!isReloadDue) return;
      await reload();
      isReloadDue = false;
      log.write('info', 'The TLS certificate was read anew.');
    });
  }
}

function planProcesses(frontProcesses: number): ProcessPlan[] {
  const fronts = Array.from({ length: frontProcesses }, (_, i) => `front-${i + 1}`);
  const names = ['record', ...fronts];
  const answering = fronts.length === 0 ? names : fronts;
  return names.map((name) => ({
    name,
    ownsRecord: name === 'record',
    share: answering.includes(name) ? answering.indexOf(name) : null,
    siblings: names.filter((each) => each !== name),
  }));
}

/** Resolves with the first signal that asks to end. */
function waitForSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve(signal));
    }
  });
}

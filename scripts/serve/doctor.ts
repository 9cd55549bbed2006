import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describeError, UserError } from '../user-error.ts';
import { type ClockSync, readClockSync } from './clock-sync.ts';
import { LockedError, takeLock } from './lock.ts';
import { findRecordFile, refuseLostRecord } from './record-file.ts';
import { readSettings, type Settings } from './settings.ts';
import { requireOwner } from './state.ts';
import { locateFiles } from './state-files.ts';
import { checkTlsFiles, findReasonToRenew, locateOwnTls } from './tls.ts';
import { type AskApi, createAskApi, withRecord } from './with-record.ts';
import { controlSocket } from './workerd-config.ts';

type Result = 'ok' | 'warn' | 'FAIL';
type Report = (result: Result, what: string, remedy?: string) => void;

const MIN_FREE_BYTES = 1e9;
/** Each connection takes two. */
const MIN_OPEN_FILES = 65_536;

/**
 * Checks a state directory, whether the server runs or not, and prints a line for each check.
 * @returns the exit code: 1 if a check failed
 * @throws UserError if the directory belongs to another user
 */
export async function runDoctor(stateDirectory: string, dist: string): Promise<number> {
  requireOwner(stateDirectory);
  let hasFailed = false;
  const report: Report = (result, what, remedy) => {
    hasFailed ||= result === 'FAIL';
    console.log(`${result.padEnd(5)}${what}${remedy === undefined ? '' : `\n     ${remedy}`}`);
  };
  checkPermissions(stateDirectory, report);
  const settings = readSettingsOr(stateDirectory, report);
  if (settings === null) return 1;
  checkTls(settings, report);
  checkDisk(stateDirectory, report);
  checkClockSync(readClockSync(), report);
  if (checkDatabase(stateDirectory, report)) {
    await checkRunning(settings, dist, report);
  }
  return hasFailed ? 1 : 0;
}

function checkPermissions(stateDirectory: string, report: Report): void {
  const files = locateFiles(stateDirectory);
  const paths = [stateDirectory, files.secrets, files.record, files.tls, files.run];
  const open = paths.filter((path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0);
  if (open.length === 0) report('ok', 'Only the owner can read the files.');
  else
    report(
      'FAIL',
      `Other users can read ${open.join(', ')}.`,
      'Remove their permissions: chmod go= FILE',
    );
}

function readSettingsOr(stateDirectory: string, report: Report): Settings | null {
  try {
    const settings = readSettings(stateDirectory, process.env);
    report('ok', `The settings are valid. The API is at ${settings.worker.PUBLIC_URL}.`);
    return settings;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    report('FAIL', error.message);
    return null;
  }
}

function checkTls({ tlsFiles, hostNames, stateDirectory }: Settings, report: Report): void {
  if (tlsFiles === null) {
    const own = locateOwnTls(locateFiles(stateDirectory).tls);
    const reason = findReasonToRenew(own, hostNames, Date.now());
    if (reason === null) report('ok', `The TLS certificate names ${hostNames.join(', ')}.`);
    else report('warn', `A TLS certificate will be issued: ${reason}.`);
    return;
  }
  try {
    checkTlsFiles(tlsFiles);
    report('ok', 'The TLS certificate and its key belong together.');
  } catch (error) {
    report('FAIL', describeError(error));
  }
}

function checkDisk(stateDirectory: string, report: Report): void {
  const { bavail, bsize } = statfsSync(stateDirectory);
  const free = bavail * bsize;
  const text = `${(free / 1e9).toFixed(1)} GB of disk are free.`;
  if (free > MIN_FREE_BYTES) report('ok', text);
  else report('warn', text, 'Without space nothing can be issued. Make room.');
}

function checkClockSync(sync: ClockSync, report: Report): void {
  const remedy = 'Let chrony or systemd-timesyncd keep it right.';
  if (sync === 'synchronized') report('ok', 'The system keeps the clock right.');
  else if (sync === 'unknown') {
    const what =
      'Whether anything keeps the clock right is not known: systemd does not say it here.';
    report('warn', what, 'Compare it with another clock: date -u');
  } else report('warn', 'Nothing keeps the clock right.', remedy);
}

/** @returns whether the record can be opened */
function checkDatabase(stateDirectory: string, report: Report): boolean {
  const path = findRecordFile(locateFiles(stateDirectory).record);
  if (path === null) {
    try {
      refuseLostRecord(stateDirectory);
      report('warn', 'There is no record yet.', 'signet serve makes it.');
    } catch (error) {
      report('FAIL', readMessage(error));
    }
    return false;
  }
  const remedy = 'Keep a copy of it, and restore a backup.';
  try {
    const database = new DatabaseSync(path, { timeout: 10_000 });
    try {
      const problems = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
      const broken = database.prepare('PRAGMA foreign_key_check').all().length;
      if (problems === 'ok' && broken === 0) report('ok', 'The database is intact.');
      else
        report(
          'FAIL',
          `The database is damaged (${problems}, ${broken} broken references).`,
          remedy,
        );
      return problems === 'ok';
    } finally {
      database.close();
    }
  } catch (error) {
    report('FAIL', `The database cannot be opened: ${readMessage(error)}.`, remedy);
    return false;
  }
}

/** Asks the server that runs, or opens the record if none does. */
async function checkRunning(settings: Settings, dist: string, report: Report): Promise<void> {
  const files = locateFiles(settings.stateDirectory);
  let lock: ReturnType<typeof takeLock>;
  try {
    lock = takeLock(files.lock);
  } catch (error) {
    if (error instanceof LockedError) await checkServer(settings, report);
    else report('FAIL', describeError(error));
    return;
  }
  try {
    report('warn', 'The server does not run, so its addresses were not checked.');
    await withRecord(settings, dist, (ask) => checkApi(ask, report));
  } catch (error) {
    report('FAIL', describeError(error));
  } finally {
    lock.release();
  }
}

/** At this limit a process ends. */
function checkOpenFiles(runDirectory: string, report: Report): void {
  const limit = readMaxOpenFiles(runDirectory);
  if (limit === null) return;
  const what = `A process may open ${limit} files, for half as many connections.`;
  if (limit >= MIN_OPEN_FILES) report('ok', what);
  else report('warn', what, 'Let it open more: LimitNOFILE= of the unit, or ulimit -Hn.');
}

/** Null if it is not known. The processes have the limit of their launcher. */
function readMaxOpenFiles(runDirectory: string): number | null {
  try {
    const pid = readFileSync(join(runDirectory, 'signet.pid'), 'utf8').trim();
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    const [, limit] = /^Max open files +(\d+)/m.exec(limits) ?? [];
    return limit === undefined ? null : Number(limit);
  } catch {
    return null;
  }
}

async function checkServer(settings: Settings, report: Report): Promise<void> {
  const { run } = locateFiles(settings.stateDirectory);
  report('ok', 'The server runs.');
  checkOpenFiles(run, report);
  try {
    await checkApi(createAskApi(controlSocket(run, 'record'), settings), report);
  } catch (error) {
    report('FAIL', `It does not answer: ${readMessage(error)}.`, 'The log names the cause.');
  }
  await checkPublication(settings, report);
}

function readMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function checkApi(ask: AskApi, report: Report): Promise<void> {
  const health = await ask('/healthz');
  if (health.status === 200) report('ok', 'Signet is healthy.');
  else report('FAIL', `Signet is not healthy: ${health.body.trim()}`, 'The log names the cause.');
  checkClock(await ask('/api/v1/audit?order=newest&limit=1'), report);
  let since = '';
  for (;;) {
    const answer = await ask(`/api/v1/audit/verify${since}`);
    const read = (name: string): unknown => Reflect.get(Object(JSON.parse(answer.body)), name);
    if (answer.status !== 200 || read('ok') !== true) {
      report(
        'FAIL',
        `The audit record is not right: ${answer.body.trim()}`,
        'See docs/verifying-the-audit-record.md.',
      );
      return;
    }
    if (read('complete') === true) break;
    since = `?since=${encodeURIComponent(String(read('checkpoint')))}`;
  }
  report('ok', 'The audit record is complete and unchanged.');
}

/** The newest event cannot be of the future. */
function checkClock(answer: { readonly body: string }, report: Report): void {
  const events: unknown = Reflect.get(Object(JSON.parse(answer.body)), 'events');
  const [newest]: unknown[] = Array.isArray(events) ? events : [];
  const atMs = Date.parse(String(Reflect.get(Object(newest), 'at')));
  if (atMs > Date.now() + 60_000) {
    report(
      'FAIL',
      `The clock says ${new Date().toISOString()}, before the newest event: ${new Date(atMs).toISOString()}.`,
      'Set it, and let it be kept right by NTP.',
    );
  } else {
    report('ok', `The clock says ${new Date().toISOString()}, later than the newest event.`);
  }
}

/** Asks for the CA certificate at the address that certificates name. */
async function checkPublication({ worker }: Settings, report: Report): Promise<void> {
  const url = `${worker.PUBLICATION_URL}/ca/default.crt`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await answer.arrayBuffer();
    if (answer.ok) report('ok', `${url} answers, as certificates say.`);
    else
      report(
        'FAIL',
        `${url} answers ${answer.status}.`,
        'Set PUBLICATION_URL to an address that leads here.',
      );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    report(
      'FAIL',
      `${url} cannot be reached from here (${reason}).`,
      'Set PUBLICATION_URL to an address that clients can reach.',
    );
  }
}

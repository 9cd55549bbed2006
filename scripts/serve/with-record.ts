import { setTimeout as sleep } from 'node:timers/promises';
import { askProcess, type ControlAnswer, type ControlRequest } from './control.ts';
import { createProcess } from './create-process.ts';
import { waitForFormerProcesses } from './former-processes.ts';
import { startGuard } from './guard.ts';
import { LAST_LINES_MS, openLog } from './log.ts';
import { checkRecordFile } from './record-file.ts';
import type { Settings } from './settings.ts';
import { locateFiles } from './state-files.ts';
import { controlSocket } from './workerd-config.ts';

/** Asks Signet's API as the root access key does. */
export type AskApi = (path: string, request?: ControlRequest) => Promise<ControlAnswer>;

/** Returns a function that asks the process whose control socket it is, as the root access key. */
export function createAskApi(socketPath: string, { worker }: Pick<Settings, 'worker'>): AskApi {
  const login = `${worker.ROOT_ACCESS_KEY_ID ?? ''}:${worker.ROOT_ACCESS_KEY_SECRET ?? ''}`;
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  return (path, request = {}) =>
    askProcess(socketPath, path, {
      timeoutMs: 60_000,
      ...request,
      headers: { Authorization: authorization, Accept: 'application/json', ...request.headers },
    });
}

/**
 * Opens the record of a server that does not run, without public sockets, and closes it afterwards. The
 * caller holds the lock.
 */
export async function withRecord<T>(
  settings: Settings,
  dist: string,
  run: (ask: AskApi) => Promise<T>,
): Promise<T> {
  const files = locateFiles(settings.stateDirectory);
  await waitForFormerProcesses(files.run);
  checkRecordFile(files.record);
  const noteProcesses = startGuard();
  const record = createProcess({
    plan: { name: 'record', ownsRecord: true, share: null, siblings: [] },
    settings,
    dist,
    log: { ...openLog(null), isFile: true, copy: printErrors },
    listSockets: () => [],
    readTls: () => null,
    noteChange: () => noteProcesses(record.pid === null ? [] : [record.pid]),
  });
  try {
    await record.start();
    return await run(createAskApi(controlSocket(files.run, record.name), settings));
  } catch (error) {
    await sleep(LAST_LINES_MS);
    throw error;
  } finally {
    await record.stop();
    noteProcesses([]);
  }
}

/** Of the log of a command, only what names the cause of a failure is of interest. */
function printErrors(text: string): void {
  for (const line of text.split('\n')) {
    if (line.includes('"level":"error"')) console.error(line);
  }
}
